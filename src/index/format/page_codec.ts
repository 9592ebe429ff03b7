import { MAX_WIDTH_BITS, packedBytes, widthBits, writeBits } from "./bit_packing.ts";
import { SLOT_HEADER_BYTES } from "./layout.ts";
import type { PageLengths } from "./page_lengths.ts";
import { getUint53, setUint53 } from "./uint53.ts";
import { xxh32 } from "./xxh32.ts";

/**
 * A page as it stands in the index file: in its slot, with zeros behind it, or in the overflow area.
 * ARCHITECTURE.md draws it byte by byte.
 */
export interface PackedPage {
  /** How many lines it holds: 1 or more. */
  readonly lines: number;
  /** A header with a checksum, and the packed lengths. */
  readonly bytes: Uint8Array;
}

/** What stands in the slot of a page that does not fit: where the page is. */
export interface OverflowPointer {
  /** The page's width in bits: 0 to 53. */
  readonly widthBits: number;
  /** Where in the overflow area the page begins. */
  readonly pageOffset: number;
}

/** What a slot holds: the page itself, or where the page is. */
export type Slot =
  | { readonly kind: "page"; readonly page: PageLengths }
  | { readonly kind: "overflow"; readonly pointer: OverflowPointer };

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
 * What the pages' checksums begin with: it binds a page to its place, to its text, and to how many lines a
 * page of its index has, so that a page of another place, or of another index, is found out.
 *
 * @param fingerprint the text's
 * @param linesPerPage lines in every page but the last
 * @returns gives for a page's number, 0 or more, its seed: 0 to 2^32 - 1
 */
export function checksumSeeds(
  fingerprint: Uint8Array,
  linesPerPage: number,
): (pageNumber: number) => number {
  const first = xxh32(fingerprint, linesPerPage);
  return (pageNumber) => (first + pageNumber) % 2 ** 32;
}

/** The size of a packed page of so many lines. */
export function packedPageBytes(lines: number, widthBits: number): number {
  return SLOT_HEADER_BYTES + packedBytes(lines, widthBits);
}

/** The width in bits of a page's packed lengths, by the page or by what is in its slot: 0 to 53. */
export function packedWidthBits(bytes: Uint8Array): number {
  return bytes[AT_WIDTH]!;
}

/** Whether a slot says where its page is, instead of holding it. */
export function isPointer(slot: Uint8Array): boolean {
  return slot[AT_KIND] === KIND_OVERFLOW;
}

/**
 * Packs a page of lines of any lengths.
 *
 * @param lengths 1 to 2^53 - 1 each, with the terminator; one or more
 * @param firstOffset where the first line begins in the text
 * @param seed what {@linkcode checksumSeeds} gives for the page
 * @returns the bytes of a {@linkcode PackedPage}
 */
export function packLengths(
  lengths: Float64Array,
  firstOffset: number,
  seed: number,
): Uint8Array {
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

/**
 * Makes what stands in the slot of a page that does not fit.
 *
 * @param seed what {@linkcode checksumSeeds} gives for the page
 */
export function encodePointer(pointer: OverflowPointer, seed: number): Uint8Array {
  const bytes = new Uint8Array(SLOT_HEADER_BYTES);
  const view = viewOf(bytes);
  bytes[AT_WIDTH] = pointer.widthBits;
  bytes[AT_KIND] = KIND_OVERFLOW;
  setUint53(view, AT_PAGE_OFFSET, pointer.pageOffset);
  return seal(bytes, view, seed);
}

/**
 * Reads a slot.
 *
 * @param bytes the whole slot; a page's packed lengths are a view into it
 * @param seed what {@linkcode checksumSeeds} gives for the page that should stand there
 * @param lines how many lines that page holds
 * @returns `undefined` where the bytes are not that page
 */
export function decodeSlot(bytes: Uint8Array, seed: number, lines: number): Slot | undefined {
  if (isPointer(bytes)) {
    const pointer = decodePointer(bytes.subarray(0, SLOT_HEADER_BYTES), seed);
    return pointer && { kind: "overflow", pointer };
  }
  const page = decodePage(bytes, seed, lines);
  return page && { kind: "page", page };
}

/**
 * Reads a page.
 *
 * @param bytes the page, and whatever stands behind it; its packed lengths are a view into them
 * @param seed what {@linkcode checksumSeeds} gives for the page that should stand there
 * @param lines how many lines that page holds
 * @returns `undefined` where the bytes are not that page
 */
export function decodePage(
  bytes: Uint8Array,
  seed: number,
  lines: number,
): PageLengths | undefined {
  const widthBits = bytes[AT_WIDTH]!;
  const pageBytes = packedPageBytes(lines, widthBits);
  if (widthBits > MAX_WIDTH_BITS || pageBytes > bytes.length) return undefined;
  const page = { lines, bytes: bytes.subarray(0, pageBytes) };
  if (page.bytes[AT_KIND] !== KIND_PAGE || !isWhole(page.bytes, seed)) return undefined;
  return unpack(page);
}

/**
 * What a page says of its lines; the packed lengths are a view into it.
 *
 * @returns `undefined` where a number in it is over 2^53 - 1
 */
export function unpack({ lines, bytes }: PackedPage): PageLengths | undefined {
  const view = viewOf(bytes);
  const firstOffset = getUint53(view, AT_FIRST_OFFSET);
  const minLength = getUint53(view, AT_MIN_LENGTH);
  if (firstOffset === undefined || minLength === undefined) return undefined;
  const packed = bytes.subarray(SLOT_HEADER_BYTES);
  return { lines, firstOffset, minLength, widthBits: bytes[AT_WIDTH]!, packed };
}

function decodePointer(bytes: Uint8Array, seed: number): OverflowPointer | undefined {
  if (!isWhole(bytes, seed)) return undefined;
  const widthBits = bytes[AT_WIDTH]!;
  const pageOffset = getUint53(viewOf(bytes), AT_PAGE_OFFSET);
  if (widthBits > MAX_WIDTH_BITS || pageOffset === undefined) return undefined;
  return { widthBits, pageOffset };
}

function seal(bytes: Uint8Array, view: DataView, seed: number): Uint8Array {
  view.setUint32(AT_CHECKSUM, xxh32(bytes.subarray(CHECKSUM_END), seed), true);
  return bytes;
}

function isWhole(bytes: Uint8Array, seed: number): boolean {
  return viewOf(bytes).getUint32(AT_CHECKSUM, true) === xxh32(bytes.subarray(CHECKSUM_END), seed);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
