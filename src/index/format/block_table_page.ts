/**
 * The block table of the index of a compressed file. docs/index-format.md describes it byte by byte.
 *
 * ```
 * table page 0    TABLE_PAGE_BYTES: TABLE_HEADER_BYTES, then up to BLOCKS_PER_TABLE_PAGE entries
 * table page 1    …
 * windows         of all blocks that have one, packed
 * ```
 *
 * @module
 */
import type { Block } from "../../source/compressed/codec.ts";
import { getUint53, setUint53 } from "./bit_packing.ts";
import { xxh32 } from "./page_bytes.ts";

export const TABLE_PAGE_BYTES = 4096;
export const ENTRY_BYTES = 40;

/** A checksum and the number of entries. */
export const TABLE_HEADER_BYTES = 8;

export const BLOCKS_PER_TABLE_PAGE: number = Math.floor(
  (TABLE_PAGE_BYTES - TABLE_HEADER_BYTES) / ENTRY_BYTES,
);

/** An entry of the table. */
export interface BlockEntry extends Block {
  /** {@linkcode blockChecksum} of the text of the block. */
  readonly checksum: number;
  /** Offset of the packed window after the table. */
  readonly windowOffset: number;
  /** The size of the packed window; 0 if the block has none. */
  readonly windowBytes: number;
}

export function tablePageCount(blocks: number): number {
  return Math.ceil(blocks / BLOCKS_PER_TABLE_PAGE);
}

// Seeds of table pages and of index pages must differ.
const TABLE_SEED = 0x626c6b73;

/** Returns the seed of the checksum of each table page: it depends on the file and on the place of the page. */
export function tableSeeds(fingerprint: Uint8Array): (tablePage: number) => number {
  const base = xxh32(fingerprint, TABLE_SEED);
  return (tablePage) => (base + tablePage) % 2 ** 32;
}

// What `xxh32` takes at a time.
const HASHED_BYTES = 256 * 1024;

/** The checksum of the text of a block: the XXH32 of each 256 KiB, with that of the bytes before as its seed. */
export function blockChecksum(text: Uint8Array): number {
  let checksum = 0;
  for (let from = 0; from < text.length; from += HASHED_BYTES) {
    checksum = xxh32(text.subarray(from, from + HASHED_BYTES), checksum);
  }
  return checksum;
}

/**
 * Encodes a page without its checksum, which {@linkcode sealTablePage} adds.
 *
 * @param entries 1 to {@linkcode BLOCKS_PER_TABLE_PAGE}
 */
export function encodeTablePage(entries: readonly BlockEntry[]): Uint8Array {
  const bytes = new Uint8Array(TABLE_PAGE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, entries.length, true);
  entries.forEach((entry, i) => {
    const at = TABLE_HEADER_BYTES + i * ENTRY_BYTES;
    setUint53(view, at, entry.textOffset);
    setUint53(view, at + 8, entry.storedOffset);
    view.setUint32(at + 16, entry.textBytes, true);
    view.setUint32(at + 20, entry.storedBytes, true);
    view.setUint32(at + 24, entry.checksum, true);
    view.setUint32(at + 28, entry.skippedBits + entry.windowBytes * 256, true);
    setUint53(view, at + 32, entry.windowOffset);
  });
  return bytes;
}

/** Writes the checksum of a page. */
export function sealTablePage(bytes: Uint8Array, seed: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(0, xxh32(bytes.subarray(4), seed), true);
}

/** @returns undefined if the page is damaged, or does not belong to that seed */
export function decodeTablePage(bytes: Uint8Array, seed: number): BlockEntry[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== xxh32(bytes.subarray(4), seed)) return undefined;
  const count = view.getUint32(4, true);
  if (!(count >= 1 && count <= BLOCKS_PER_TABLE_PAGE)) return undefined;
  const entries: BlockEntry[] = [];
  for (let i = 0; i < count; i++) {
    const at = TABLE_HEADER_BYTES + i * ENTRY_BYTES;
    const bits = view.getUint32(at + 28, true);
    entries.push({
      textOffset: getUint53(view, at) ?? NaN,
      storedOffset: getUint53(view, at + 8) ?? NaN,
      textBytes: view.getUint32(at + 16, true),
      storedBytes: view.getUint32(at + 20, true),
      checksum: view.getUint32(at + 24, true),
      skippedBits: bits % 256,
      windowBytes: Math.floor(bits / 256),
      windowOffset: getUint53(view, at + 32) ?? NaN,
    });
  }
  return isContiguous(entries) ? entries : undefined;
}

function isContiguous(entries: readonly BlockEntry[]): boolean {
  return entries.every((entry, i) => {
    const before = entries[i - 1];
    return entry.textBytes > 0 && entry.skippedBits <= 7 &&
      (before === undefined || before.textOffset + before.textBytes === entry.textOffset);
  });
}
