import { linesInPage, overflowOffset, pageCount, slotBytes } from "../index/format/layout.ts";
import type { IndexHeader } from "../index/format/header.ts";
import { pageMemoryBytes } from "../index/format/index_page.ts";
import { packedPageBytes } from "../index/format/page_codec.ts";
import { ARRAY_MAX_BYTES } from "./cache_memory.ts";
import {
  allFramesBytes,
  type FramePlan,
  planBytes,
  planFrames,
  SHARED_KNOWN_BYTES,
} from "./frame_layout.ts";
import { PAGE_LIMIT_BYTES, PageFrames } from "./page_frames.ts";
import { SharedText } from "../source/shared_blocks.ts";
import { TEXT_BLOCK_BYTES, textBlockCount } from "../source/text_block.ts";

/** How a store's memory is divided: plain data, so that it can be sent to a worker. */
export interface CacheBudget {
  /** Of which index it is. */
  readonly header: IndexHeader;
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

// The share of a budget that pages may take where the text does not fit beside them.
const PAGE_SHARE_MAX = 7 / 8;

// The share that is for pages which fit into no frame, at most.
const OVERSIZE_SHARE_MAX = 1 / 8;

/**
 * Divides the budget of one store. Pages go first, up to seven eighths of it: one of them stands for many
 * blocks of the text, and costs several times as much to read again as a line does.
 */
export function divideCache(cacheBytes: number, header: IndexHeader): CacheBudget {
  const oversizeBytes = oversizeBytesOf(cacheBytes, header);
  const pageBytes = Math.min(
    allFramesBytes(header),
    ARRAY_MAX_BYTES,
    cacheBytes * PAGE_SHARE_MAX - oversizeBytes,
  );
  const left = cacheBytes - oversizeBytes;
  const textBytes = textBytesWithin(Math.floor(left - pageBytes), header);
  return { header, frames: planFrames(header, left - textBytes), oversizeBytes, textBytes };
}

/**
 * Divides a budget among stores of one text, each in a thread of its own. They share the frames where all
 * pages find room, and beside them the text where all of it does.
 *
 * @param stores how many there are: 1 or more
 * @throws {CacheMemoryError} where there is not so much memory
 */
export function divideAmongStores(
  cacheBytes: number,
  header: IndexHeader,
  stores: number,
): CacheBudget {
  const knownBytes = stores * SHARED_KNOWN_BYTES;
  const pageBytes = allFramesBytes(header, knownBytes);
  const oversizeBytes = oversizeBytesOf(cacheBytes, header);
  const areShared =
    pageBytes <= Math.min(cacheBytes * PAGE_SHARE_MAX - oversizeBytes, ARRAY_MAX_BYTES);
  if (stores === 1 || !areShared) return divideCache(Math.floor(cacheBytes / stores), header);
  const left = cacheBytes - oversizeBytes;
  const sharedTextBytes = SharedText.sizeFor(header.textBytes);
  const isTextShared = sharedTextBytes <= Math.min(left - pageBytes, ARRAY_MAX_BYTES);
  const frames = planFrames(header, isTextShared ? left - sharedTextBytes : pageBytes, knownBytes);
  const restBytes = Math.floor((left - planBytes(header, frames, knownBytes)) / stores);
  return {
    header,
    frames,
    sharedFrames: PageFrames.allocate(header, frames),
    oversizeBytes: Math.floor(oversizeBytes / stores),
    textBytes: isTextShared ? 0 : textBytesWithin(restBytes, header),
    sharedText: isTextShared ? SharedText.create(header.textBytes).buffer : undefined,
  };
}

function textBytesWithin(roomBytes: number, { textBytes }: IndexHeader): number {
  return Math.min(roomBytes, textBlockCount(textBytes) * TEXT_BLOCK_BYTES, ARRAY_MAX_BYTES);
}

function oversizeBytesOf(cacheBytes: number, header: IndexHeader): number {
  return Math.floor(Math.min(allOversizeBytes(header), cacheBytes * OVERSIZE_SHARE_MAX));
}

// At most: there are as many pages in the overflow area as if each were only just too wide for its slot.
function allOversizeBytes(header: IndexHeader): number {
  if (pageCount(header) === 0) return 0;
  const lines = linesInPage(header, 0);
  const overflowBytes = Math.max(0, header.indexBytes - overflowOffset(header));
  const wide = Math.floor(overflowBytes / packedPageBytes(lines, header.slotWidthBits + 1));
  const large = Math.floor(header.textBytes / PAGE_LIMIT_BYTES);
  return overflowBytes + wide * pageMemoryBytes(lines, 0) +
    large * pageMemoryBytes(lines, slotBytes(header, 0));
}
