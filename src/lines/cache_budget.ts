import { overflowOffset, pageCount } from "../index/format.ts";
import type { IndexHeader } from "../index/header.ts";
import { allFramesBytes, type FramePlan, planBytes, planFrames } from "./frame_layout.ts";
import { PageFrames } from "./page_frames.ts";
import { SharedText } from "./shared_text.ts";
import { TEXT_BLOCK_BYTES, textBlockCount } from "./text_block.ts";

/** How a store's memory is divided: plain data, so that it can be sent to a worker. */
export interface CacheBudget {
  /** For pages of the index. */
  readonly frames: FramePlan;
  /** Memory for the frames, where several stores share them. */
  readonly sharedFrames?: SharedArrayBuffer | undefined;
  /** For pages that fit into no frame, in bytes. */
  readonly oversizeBytes: number;
  /** For blocks of the text, in bytes. */
  readonly textBytes: number;
  /** Memory for the whole text, where several stores share it: instead of `textBytes`. */
  readonly sharedText?: SharedArrayBuffer | undefined;
}

/** The share of a budget that pages may take where the text does not fit beside them. */
export const PAGE_SHARE_MAX = 7 / 8;

/** The share that is for pages which fit into no frame, at most. */
export const OVERSIZE_SHARE_MAX = 1 / 8;

// In memory such a page takes up to twice what it takes in the index's overflow area.
const OVERSIZE_FACTOR = 2;

/**
 * Divides the budget of one store. Pages go first, up to {@linkcode PAGE_SHARE_MAX} of it: one of them
 * stands for many blocks of the text, and costs several times as much to read again as a line does.
 */
export function divideCache(cacheBytes: number, header: IndexHeader): CacheBudget {
  const oversizeBytes = oversizeBytesOf(cacheBytes, header);
  const pageBytes = Math.min(
    allFramesBytes(header),
    cacheBytes * PAGE_SHARE_MAX - oversizeBytes,
  );
  const left = cacheBytes - oversizeBytes;
  const textBytes = Math.min(allTextBytes(header), Math.floor(left - pageBytes));
  return { frames: planFrames(header, left - textBytes), oversizeBytes, textBytes };
}

/**
 * Divides a budget among stores of one text, each in a thread of its own. They share the frames where all
 * pages find room, and beside them the text where all of it does.
 *
 * @param stores how many there are: 1 or more
 */
export function divideAmongStores(
  cacheBytes: number,
  header: IndexHeader,
  stores: number,
): CacheBudget {
  const whole = divideCache(cacheBytes, header);
  if (stores === 1) return whole;
  if (whole.frames.count < pageCount(header)) {
    return divideCache(Math.floor(cacheBytes / stores), header);
  }
  const left = cacheBytes - whole.oversizeBytes;
  const leftBesideText = left - SharedText.sizeFor(header.textBytes);
  const isTextShared = leftBesideText >= allFramesBytes(header);
  const frames = planFrames(header, isTextShared ? leftBesideText : allFramesBytes(header));
  const textBytes = Math.floor((left - planBytes(header, frames)) / stores);
  return {
    frames,
    sharedFrames: PageFrames.allocate(header, frames),
    oversizeBytes: Math.floor(whole.oversizeBytes / stores),
    textBytes: isTextShared ? 0 : textBytes,
    sharedText: isTextShared ? SharedText.create(header).buffer : undefined,
  };
}

function allTextBytes({ textBytes }: IndexHeader): number {
  return textBlockCount(textBytes) * TEXT_BLOCK_BYTES;
}

function oversizeBytesOf(cacheBytes: number, header: IndexHeader): number {
  const overflowBytes = Math.max(0, header.indexBytes - overflowOffset(header));
  return Math.floor(Math.min(OVERSIZE_FACTOR * overflowBytes, cacheBytes * OVERSIZE_SHARE_MAX));
}
