import type { IndexHeader } from "../index/format/header.ts";
import { overflowOffset, pageCount } from "../index/format/layout.ts";
import { BUFFER_MAX_BYTES } from "../source/cache_memory.ts";
import { SharedBlocks } from "../source/shared_blocks.ts";
import { type AllocateShared, allocateShared, type SharedMemory } from "../source/shared_memory.ts";
import { frameMemoryBytes, framesBytes, framesWithin } from "./frame_layout.ts";

/** How the memory of one store is divided. Plain data: it can be posted to a worker. */
export interface MemoryBudget {
  /** The index that it was made for. */
  readonly header: IndexHeader;
  /** Frames for index pages. */
  readonly frames: number;
  /** Memory for the frames, if several stores share them. */
  readonly sharedFrames?: SharedMemory | undefined;
  /** Memory for pages that fit into no frame, in bytes. */
  readonly oversizeBytes: number;
  /** Memory for blocks of the text, in bytes. */
  readonly textBytes: number;
  /** Memory for blocks of a compressed file that were unpacked last, in bytes. */
  readonly unpackedBytes: number;
  /** Memory for the whole text, if several stores share it: instead of `textBytes`. */
  readonly sharedText?: SharedMemory | undefined;
}

// Index pages go first: one of them stands for many blocks of the text, and costs several times as much to
// read again as a line does.
const PAGE_SHARE_MAX = 7 / 8;

// Only used if the index has pages that are wider than its slots.
const OVERSIZE_SHARE = 1 / 8;

// Only used if the file is compressed. Ranges of lines are read from there.
const UNPACKED_SHARE = 1 / 8;

// A thread searches what it has kept one by one.
const UNPACKED_MAX_BYTES = 32 * 1024 * 1024;

/** Divides the memory of a store that shares nothing. */
export function divideMemory(
  memoryBytes: number,
  header: IndexHeader,
  blockBytes: number,
): MemoryBudget {
  const unpackedBytes = unpackedBytesOf(memoryBytes, header);
  const cacheBytes = memoryBytes - unpackedBytes;
  const oversizeBytes = oversizeBytesOf(cacheBytes, header);
  const pageBytes = Math.floor(cacheBytes * PAGE_SHARE_MAX) - oversizeBytes;
  const frames = framesWithin(header, pageBytes);
  const leftBytes = cacheBytes - oversizeBytes - framesBytes(header, frames);
  const textBytes = Math.min(leftBytes, wholeTextBytes(header, blockBytes), BUFFER_MAX_BYTES);
  return { header, frames, oversizeBytes, textBytes, unpackedBytes };
}

/**
 * Divides memory among the stores of one text, each in a thread of its own. They share the frames if all
 * pages fit, and then the text if that fits too.
 *
 * @param stores how many: 1 or more
 * @param allocate if given, a single store uses this memory too: it is kept when the store is closed and opened again
 * @throws {CacheMemoryError} if there is not enough memory
 */
export function divideAmongStores(
  memoryBytes: number,
  header: IndexHeader,
  blockBytes: number,
  stores: number,
  allocate?: AllocateShared,
): MemoryBudget {
  const unpackedBytes = unpackedBytesOf(memoryBytes, header);
  const cacheBytes = memoryBytes - unpackedBytes;
  const oversizeBytes = oversizeBytesOf(cacheBytes, header);
  const frames = pageCount(header);
  const pageBytes = framesBytes(header, frames);
  const pageMaxBytes = Math.min(cacheBytes * PAGE_SHARE_MAX - oversizeBytes, BUFFER_MAX_BYTES);
  if ((stores === 1 && allocate === undefined) || pageBytes > pageMaxBytes) {
    return divideMemory(Math.floor(memoryBytes / stores), header, blockBytes);
  }
  const allocateMemory = allocate ?? allocateShared;
  const leftBytes = cacheBytes - oversizeBytes - pageBytes;
  const shared = {
    header,
    frames,
    sharedFrames: allocateMemory(frameMemoryBytes(header, frames)),
    oversizeBytes: Math.floor(oversizeBytes / stores),
    unpackedBytes: Math.floor(unpackedBytes / stores),
  };
  const sharedBytes = SharedBlocks.sizeFor(header.textBytes, blockBytes);
  if (sharedBytes > Math.min(leftBytes, BUFFER_MAX_BYTES)) {
    const textBytes = Math.min(
      Math.floor(leftBytes / stores),
      wholeTextBytes(header, blockBytes),
      BUFFER_MAX_BYTES,
    );
    return { ...shared, textBytes };
  }
  return { ...shared, textBytes: 0, sharedText: allocateMemory(sharedBytes) };
}

/** Divides memory among files, in proportion to their sizes and those of their indexes. */
export function divideAmongFiles(cacheBytes: number, headers: readonly IndexHeader[]): number[] {
  const sizeOf = ({ textBytes, indexBytes }: IndexHeader) => textBytes + indexBytes;
  const allBytes = headers.reduce((sum, header) => sum + sizeOf(header), 0);
  return headers.map((header) => Math.floor(cacheBytes * (sizeOf(header) / allBytes)));
}

function wholeTextBytes({ textBytes }: IndexHeader, blockBytes: number): number {
  return Math.ceil(textBytes / blockBytes) * blockBytes;
}

function unpackedBytesOf(memoryBytes: number, { compressed }: IndexHeader): number {
  if (compressed === undefined) return 0;
  return Math.min(Math.floor(memoryBytes * UNPACKED_SHARE), UNPACKED_MAX_BYTES);
}

function oversizeBytesOf(cacheBytes: number, header: IndexHeader): number {
  const pagesEnd = header.compressed?.tableOffset ?? header.indexBytes;
  const hasOverflow = pagesEnd > overflowOffset(header);
  return hasOverflow ? Math.floor(cacheBytes * OVERSIZE_SHARE) : 0;
}
