import {
  getUint53,
  MAX_WIDTH_BITS,
  packedBytes,
  setUint53,
  widthBits,
  writeBits,
} from "./bit_packing.ts";
import { SLOT_HEADER_BYTES } from "./layout.ts";
import { type PageLengths, xxh32 } from "./page_bytes.ts";

/** A page as it is in the index file. docs/index-format.md describes it byte by byte. */
export interface PackedPage {
  /** How many lines it has: 1 or more. */
  readonly lines: number;
  /** A header with a checksum, and the packed lengths. */
  readonly bytes: Uint8Array;
}

/** The contents of the slot of a page that does not fit into it. */
export interface OverflowPointer {
  /** Of the page's packed lengths. */
  readonly widthBits: number;
  /** Offset of the page in the overflow area. */
  readonly pageOffset: number;
}

const AT_CHECKSUM = 0;
const CHECKSUM_END = 4;
const AT_WIDTH = 4;
const AT_KIND = 5;
const AT_FIRST_OFFSET = 8;
const AT_PAGE_OFFSET = 8;
const AT_MIN_LENGTH = 16;

const KIND_PAGE = 0;
const KIND_OVERFLOW = 1;

/**
 * The seeds of the checksums of pages, by page number. They bind a page to its place, its text and the page
 * size of its index, so a page of another place or another index fails its checksum.
 */
export function checksumSeeds(
  fingerprint: Uint8Array,
  linesPerPage: number,
): (pageNumber: number) => number {
  const first = xxh32(fingerprint, linesPerPage);
  return (pageNumber) => (first + pageNumber) % 2 ** 32;
}

export function packedPageBytes(lines: number, widthBits: number): number {
  return SLOT_HEADER_BYTES + packedBytes(lines, widthBits);
}

/** @param bytes of the page, or of its slot */
export function packedWidthBits(bytes: Uint8Array): number {
  return bytes[AT_WIDTH]!;
}

/** Whether a slot has a pointer to its page, instead of the page. */
export function isPointer(slot: Uint8Array): boolean {
  return slot[AT_KIND] === KIND_OVERFLOW;
}

/**
 * Packs a page of lines of any lengths.
 *
 * @param lengths one or more of 1 to 2^53 - 1, with terminators
 * @param seed what {@linkcode checksumSeeds} returns for the page
 */
export function packLengths(lengths: Float64Array, firstOffset: number, seed: number): Uint8Array {
  const minLength = lengths.reduce((a, b) => Math.min(a, b));
  const width = widthBits(lengths.reduce((a, b) => Math.max(a, b)) - minLength);
  const bytes = new Uint8Array(packedPageBytes(lengths.length, width));
  const view = viewOf(bytes);
  bytes[AT_WIDTH] = width;
  bytes[AT_KIND] = KIND_PAGE;
  setUint53(view, AT_FIRST_OFFSET, firstOffset);
  setUint53(view, AT_MIN_LENGTH, minLength);
  const packed = bytes.subarray(SLOT_HEADER_BYTES);
  lengths.forEach((length, i) => writeBits(packed, i * width, width, length - minLength));
  return seal(bytes, view, seed);
}

export function encodePointer(pointer: OverflowPointer, seed: number): Uint8Array {
  const bytes = new Uint8Array(SLOT_HEADER_BYTES);
  const view = viewOf(bytes);
  bytes[AT_WIDTH] = pointer.widthBits;
  bytes[AT_KIND] = KIND_OVERFLOW;
  setUint53(view, AT_PAGE_OFFSET, pointer.pageOffset);
  return seal(bytes, view, seed);
}

/**
 * Decodes and verifies a slot: a page, or a pointer to where it is.
 *
 * @param bytes the whole slot; the packed lengths are a view of it
 * @param seed what {@linkcode checksumSeeds} returns for the page that should be there
 * @param lines how many lines that page has
 * @returns undefined if the bytes are not that page
 */
export function decodeSlot(
  bytes: Uint8Array,
  seed: number,
  lines: number,
): PageLengths | OverflowPointer | undefined {
  const slot = verifySlot(bytes, seed, lines);
  return slot !== undefined && "bytes" in slot ? unpack(slot) : slot;
}

/** As {@linkcode decodeSlot}, for a page and whatever follows it. */
export function decodePage(
  bytes: Uint8Array,
  seed: number,
  lines: number,
): PageLengths | undefined {
  const page = verifyPage(bytes, seed, lines);
  return page && unpack(page);
}

/** As {@linkcode decodeSlot}, but the page stays packed: a view of `bytes`. */
export function verifySlot(
  bytes: Uint8Array,
  seed: number,
  lines: number,
): PackedPage | OverflowPointer | undefined {
  return isPointer(bytes)
    ? decodePointer(bytes.subarray(0, SLOT_HEADER_BYTES), seed)
    : verifyPage(bytes, seed, lines);
}

/** As {@linkcode verifySlot}, for a page and whatever follows it. */
export function verifyPage(
  bytes: Uint8Array,
  seed: number,
  lines: number,
): PackedPage | undefined {
  const widthBits = bytes[AT_WIDTH]!;
  const pageBytes = packedPageBytes(lines, widthBits);
  if (widthBits > MAX_WIDTH_BITS || pageBytes > bytes.length) return undefined;
  const page = bytes.subarray(0, pageBytes);
  return page[AT_KIND] === KIND_PAGE && isIntact(page, seed) ? { lines, bytes: page } : undefined;
}

/** Changes the checksum of a page, so that it is one of another index. */
export function reseal(page: PackedPage, seed: number): PackedPage {
  seal(page.bytes, viewOf(page.bytes), seed);
  return page;
}

/** Decodes a page without verifying it. Returns undefined if a number in it is over 2^53 - 1. */
export function unpack({ lines, bytes }: PackedPage): PageLengths | undefined {
  const view = viewOf(bytes);
  const firstOffset = getUint53(view, AT_FIRST_OFFSET);
  const minLength = getUint53(view, AT_MIN_LENGTH);
  if (firstOffset === undefined || minLength === undefined) return undefined;
  const packed = bytes.subarray(SLOT_HEADER_BYTES);
  return { lines, firstOffset, minLength, widthBits: bytes[AT_WIDTH]!, packed };
}

function decodePointer(bytes: Uint8Array, seed: number): OverflowPointer | undefined {
  if (!isIntact(bytes, seed)) return undefined;
  const widthBits = bytes[AT_WIDTH]!;
  const pageOffset = getUint53(viewOf(bytes), AT_PAGE_OFFSET);
  if (widthBits > MAX_WIDTH_BITS || pageOffset === undefined) return undefined;
  return { widthBits, pageOffset };
}

function seal(bytes: Uint8Array, view: DataView, seed: number): Uint8Array {
  view.setUint32(AT_CHECKSUM, xxh32(bytes.subarray(CHECKSUM_END), seed), true);
  return bytes;
}

function isIntact(bytes: Uint8Array, seed: number): boolean {
  return viewOf(bytes).getUint32(AT_CHECKSUM, true) === xxh32(bytes.subarray(CHECKSUM_END), seed);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
