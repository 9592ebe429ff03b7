import { MAX_WIDTH_BITS } from "./bit_packing.ts";
import { FINGERPRINT_BYTES } from "../../source/fingerprint.ts";
import {
  FORMAT_VERSION,
  HEADER_BYTES,
  type Layout,
  LINES_PER_PAGE_MAX,
  overflowOffset,
} from "./layout.ts";
import { damagedIndex, IndexError, otherVersion } from "../index_error.ts";
import { getUint53, setUint53 } from "./uint53.ts";
import { xxh32 } from "./xxh32.ts";

/** What the first bytes of an index say of it and of its text. */
export interface IndexHeader extends Layout {
  /** The size of the text. */
  readonly textBytes: number;
  /** The size of the whole index file. */
  readonly indexBytes: number;
  /** What `fingerprint` gave for the text: {@linkcode FINGERPRINT_BYTES} bytes. */
  readonly fingerprint: Uint8Array;
}

/**
 * The first bytes of every index. One over 127 and a CRLF among them, as in PNG: a copy made in
 * "text mode" is no longer an index.
 */
export const MAGIC: Uint8Array = Uint8Array.of(0x89, 0x4c, 0x49, 0x44, 0x58, 0x0d, 0x0a, 0x1a);

const AT_VERSION = 8;
const AT_LINES_PER_PAGE = 12;
const AT_LINES = 16;
const AT_TEXT_BYTES = 24;
const AT_INDEX_BYTES = 32;
const AT_SLOT_WIDTH = 40;
const AT_FINGERPRINT = 48;
const AT_CHECKSUM = HEADER_BYTES - 4;

/** Writes a header as {@linkcode HEADER_BYTES} bytes. */
export function encodeHeader(header: IndexHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(AT_VERSION, FORMAT_VERSION, true);
  view.setUint32(AT_LINES_PER_PAGE, header.linesPerPage, true);
  setUint53(view, AT_LINES, header.lines);
  setUint53(view, AT_TEXT_BYTES, header.textBytes);
  setUint53(view, AT_INDEX_BYTES, header.indexBytes);
  view.setUint32(AT_SLOT_WIDTH, header.slotWidthBits, true);
  bytes.set(header.fingerprint, AT_FINGERPRINT);
  view.setUint32(AT_CHECKSUM, xxh32(bytes.subarray(0, AT_CHECKSUM), 0), true);
  return bytes;
}

/** Whether two headers say the same in all. */
export function sameIndex(a: IndexHeader, b: IndexHeader): boolean {
  const bytes = encodeHeader(b);
  return encodeHeader(a).every((byte, i) => byte === bytes[i]);
}

/** Whether the bytes begin as every index does, of whatever version. */
export function isIndex(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, at) => bytes[at] === byte);
}

/**
 * Reads a header.
 *
 * @param bytes the first {@linkcode HEADER_BYTES} bytes of the file, fewer where it is shorter
 * @param path the file, for the error's message
 * @throws {IndexError} `foreign`, `version` or `damaged`
 */
export function decodeHeader(bytes: Uint8Array, path: string): IndexHeader {
  if (!isIndex(bytes)) {
    throw new IndexError(
      "foreign",
      `Not an index: ${path}: move it away, or name another path with --index`,
    );
  }
  if (bytes.length < HEADER_BYTES) throw damagedIndex(path, "its header is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  // Before the checksum: another version may have another one.
  const version = view.getUint32(AT_VERSION, true);
  if (version !== FORMAT_VERSION) {
    throw otherVersion(path, version, FORMAT_VERSION);
  }
  if (view.getUint32(AT_CHECKSUM, true) !== xxh32(bytes.subarray(0, AT_CHECKSUM), 0)) {
    throw damagedIndex(path, "its header's checksum is wrong");
  }
  const header = readFields(bytes, view);
  if (header === undefined) throw damagedIndex(path, "its header makes no sense");
  return header;
}

function readFields(bytes: Uint8Array, view: DataView): IndexHeader | undefined {
  const lines = getUint53(view, AT_LINES);
  const textBytes = getUint53(view, AT_TEXT_BYTES);
  const indexBytes = getUint53(view, AT_INDEX_BYTES);
  if (lines === undefined || textBytes === undefined || indexBytes === undefined) return undefined;
  const header: IndexHeader = {
    lines,
    textBytes,
    indexBytes,
    linesPerPage: view.getUint32(AT_LINES_PER_PAGE, true),
    slotWidthBits: view.getUint32(AT_SLOT_WIDTH, true),
    fingerprint: bytes.slice(AT_FINGERPRINT, AT_FINGERPRINT + FINGERPRINT_BYTES),
  };
  return makesSense(header) ? header : undefined;
}

function makesSense(header: IndexHeader): boolean {
  return header.linesPerPage >= 1 && header.linesPerPage <= LINES_PER_PAGE_MAX &&
    header.slotWidthBits <= MAX_WIDTH_BITS && header.lines <= header.textBytes &&
    header.indexBytes >= overflowOffset(header);
}
