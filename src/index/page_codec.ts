import { crc32 } from "node:zlib";
import { MAX_WIDTH_BITS, packedBytes } from "./bit_packing.ts";
import { OVERFLOW_HEADER_BYTES, SLOT_HEADER_BYTES } from "./format.ts";
import type { PageLengths } from "./index_page.ts";
import { getUint53, setUint53 } from "./uint53.ts";

/** A page whose lengths do not fit in its slot, and where they are. */
export interface OverflowPointer {
  /** Where the page's first line begins in the text. */
  readonly firstOffset: number;
  /** The width in bits of each packed value: 0 to 53. */
  readonly widthBits: number;
  /** Where in the index file the overflow record begins. */
  readonly recordOffset: number;
}

/** What a slot holds: the page itself, or where the page's lengths are. */
export type Slot =
  | { readonly kind: "page"; readonly page: PageLengths }
  | { readonly kind: "overflow"; readonly pointer: OverflowPointer };

const AT_CHECKSUM = 0;
const CHECKSUM_END = 4;
const AT_WIDTH = 4;
const AT_KIND = 5;
const AT_FIRST_OFFSET = 8;
const AT_MIN_LENGTH = 16;
const AT_RECORD_OFFSET = AT_MIN_LENGTH;
const AT_OVERFLOW_MIN_LENGTH = 8;

const KIND_PAGE = 0;
const KIND_OVERFLOW = 1;

function checksum(bytes: Uint8Array, seed: number): number {
  return crc32(bytes.subarray(CHECKSUM_END), seed % 2 ** 32);
}

function seal(bytes: Uint8Array, view: DataView, seed: number): Uint8Array {
  view.setUint32(AT_CHECKSUM, checksum(bytes, seed), true);
  return bytes;
}

function isWhole(bytes: Uint8Array, view: DataView, seed: number): boolean {
  return view.getUint32(AT_CHECKSUM, true) === checksum(bytes, seed);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * What a page's checksum begins with: it binds the page to its place and to its text, so that a page of
 * another place, or of another text's index, is found out.
 *
 * @param fingerprint the text's
 * @param pageNumber 0 or more
 */
export function checksumSeed(fingerprint: Uint8Array, pageNumber: number): number {
  const view = new DataView(fingerprint.buffer, fingerprint.byteOffset, fingerprint.byteLength);
  return view.getUint32(0, true) + pageNumber;
}

/**
 * Writes a page into a slot.
 *
 * @param page its packed lengths fit in the slot
 * @param seed what {@linkcode checksumSeed} gives for it
 * @param slotBytes the slot's size; what the page does not need is zero
 */
export function encodePage(page: PageLengths, seed: number, slotBytes: number): Uint8Array {
  const bytes = new Uint8Array(slotBytes);
  const view = viewOf(bytes);
  bytes[AT_WIDTH] = page.widthBits;
  bytes[AT_KIND] = KIND_PAGE;
  setUint53(view, AT_FIRST_OFFSET, page.firstOffset);
  setUint53(view, AT_MIN_LENGTH, page.minLength);
  bytes.set(page.packed, SLOT_HEADER_BYTES);
  return seal(bytes, view, seed);
}

/** Writes into a slot where the page's lengths are. */
export function encodePointer(
  pointer: OverflowPointer,
  seed: number,
  slotBytes: number,
): Uint8Array {
  const bytes = new Uint8Array(slotBytes);
  const view = viewOf(bytes);
  bytes[AT_WIDTH] = pointer.widthBits;
  bytes[AT_KIND] = KIND_OVERFLOW;
  setUint53(view, AT_FIRST_OFFSET, pointer.firstOffset);
  setUint53(view, AT_RECORD_OFFSET, pointer.recordOffset);
  return seal(bytes, view, seed);
}

/** The size of the overflow record of a page. */
export function overflowRecordBytes(lines: number, widthBits: number): number {
  return OVERFLOW_HEADER_BYTES + packedBytes(lines, widthBits);
}

/** Writes the lengths of a page as an overflow record. */
export function encodeOverflow(page: PageLengths, seed: number): Uint8Array {
  const bytes = new Uint8Array(overflowRecordBytes(page.lines, page.widthBits));
  const view = viewOf(bytes);
  setUint53(view, AT_OVERFLOW_MIN_LENGTH, page.minLength);
  bytes.set(page.packed, OVERFLOW_HEADER_BYTES);
  return seal(bytes, view, seed);
}

/**
 * Reads a slot.
 *
 * @param bytes the whole slot; a page's packed lengths are a view into it
 * @param seed what {@linkcode checksumSeed} gives for the page that should stand there
 * @param lines how many lines that page holds
 * @returns `undefined` where the bytes are not that page
 */
export function decodeSlot(bytes: Uint8Array, seed: number, lines: number): Slot | undefined {
  const view = viewOf(bytes);
  if (!isWhole(bytes, view, seed)) return undefined;
  const widthBits = bytes[AT_WIDTH]!;
  const firstOffset = getUint53(view, AT_FIRST_OFFSET);
  const value = getUint53(view, AT_MIN_LENGTH);
  if (widthBits > MAX_WIDTH_BITS || firstOffset === undefined || value === undefined) {
    return undefined;
  }
  switch (bytes[AT_KIND]) {
    case KIND_OVERFLOW:
      return { kind: "overflow", pointer: { firstOffset, widthBits, recordOffset: value } };
    case KIND_PAGE: {
      const end = SLOT_HEADER_BYTES + packedBytes(lines, widthBits);
      if (end > bytes.length) return undefined;
      const packed = bytes.subarray(SLOT_HEADER_BYTES, end);
      return { kind: "page", page: { lines, firstOffset, minLength: value, widthBits, packed } };
    }
    default:
      return undefined;
  }
}

/**
 * Reads an overflow record.
 *
 * @param bytes the whole record; the page's packed lengths are a view into it
 * @param pointer what stood in the page's slot
 * @param seed what {@linkcode checksumSeed} gives for the page that should stand there
 * @param lines how many lines that page holds
 * @returns `undefined` where the bytes are not that page's
 */
export function decodeOverflow(
  bytes: Uint8Array,
  pointer: OverflowPointer,
  seed: number,
  lines: number,
): PageLengths | undefined {
  const view = viewOf(bytes);
  if (!isWhole(bytes, view, seed)) return undefined;
  const minLength = getUint53(view, AT_OVERFLOW_MIN_LENGTH);
  if (minLength === undefined) return undefined;
  const packed = bytes.subarray(OVERFLOW_HEADER_BYTES);
  const { firstOffset, widthBits } = pointer;
  return { lines, firstOffset, minLength, widthBits, packed };
}
