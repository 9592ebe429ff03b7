import { getUint53, MAX_WIDTH_BITS, setUint53 } from "./bit_packing.ts";
import type { CodecName } from "../../source/compressed/codec.ts";
import { FINGERPRINT_BYTES } from "../../source/fingerprint.ts";
import { TABLE_PAGE_BYTES, tablePageCount } from "./block_table_page.ts";
import {
  FORMAT_VERSION,
  HEADER_BYTES,
  type Layout,
  LINES_PER_PAGE_MAX,
  overflowOffset,
} from "./layout.ts";
import { damagedIndex, foreignIndex, otherVersion } from "../index_error.ts";
import { xxh32 } from "./page_bytes.ts";

/** What an index says about itself and its text in its first bytes. */
export interface IndexHeader extends Layout {
  /** The size of the text; of a compressed file, of what it contains. */
  readonly textBytes: number;
  readonly indexBytes: number;
  /** Of the file: {@linkcode FINGERPRINT_BYTES} bytes. */
  readonly fingerprint: Uint8Array;
  /** Undefined if the file is not compressed, or is read as if it were not. */
  readonly compressed?: CompressedLayout | undefined;
  /**
   * {@linkcode TextSource.versionStamp} of the file, an integer. If there is none, only a comparison shows whether the
   * file is as it was.
   */
  readonly versionStamp?: number;
}

/** What an index says of a compressed file. */
export interface CompressedLayout {
  readonly codec: CodecName;
  /** The size of the file. */
  readonly storedBytes: number;
  /** Offset of the block table in the index. The windows follow it. */
  readonly tableOffset: number;
  /** Blocks of the file. */
  readonly blocks: number;
}

/** The size of the file that an index is of. */
export function storedBytesOf({ compressed, textBytes }: IndexHeader): number {
  return compressed?.storedBytes ?? textBytes;
}

/** The codecs, by their numbers in an index minus 1. */
const CODECS: readonly CodecName[] = ["zstd", "bgzf", "gzip"];

/**
 * The first bytes of every index. As in PNG, one of them is over 127 and two are a CRLF: a copy that was made
 * in "text mode" is not an index any more.
 */
export const MAGIC: Uint8Array = Uint8Array.of(0x89, 0x4c, 0x49, 0x44, 0x58, 0x0d, 0x0a, 0x1a);

const AT_VERSION = 8;
const AT_LINES_PER_PAGE = 12;
const AT_LINES = 16;
const AT_TEXT_BYTES = 24;
const AT_INDEX_BYTES = 32;
const AT_SLOT_WIDTH = 40;
const AT_FINGERPRINT = 48;
const AT_STAMP = 80;
const AT_HAS_STAMP = 88;
const AT_CODEC = 92;
const AT_STORED_BYTES = 96;
const AT_TABLE_OFFSET = 104;
const AT_BLOCKS = 112;
const AT_CHECKSUM = HEADER_BYTES - 4;

/** @returns {@linkcode HEADER_BYTES} bytes */
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
  if (header.versionStamp !== undefined) {
    view.setBigInt64(AT_STAMP, BigInt(header.versionStamp), true);
    view.setUint32(AT_HAS_STAMP, 1, true);
  }
  if (header.compressed !== undefined) {
    const { codec, storedBytes, tableOffset, blocks } = header.compressed;
    view.setUint32(AT_CODEC, CODECS.indexOf(codec) + 1, true);
    setUint53(view, AT_STORED_BYTES, storedBytes);
    setUint53(view, AT_TABLE_OFFSET, tableOffset);
    setUint53(view, AT_BLOCKS, blocks);
  }
  view.setUint32(AT_CHECKSUM, xxh32(bytes.subarray(0, AT_CHECKSUM), 0), true);
  return bytes;
}

/** Whether both are of the same index: of the same content, with the same pages. The version stamps may differ. */
export function sameIndex(a: IndexHeader, b: IndexHeader): boolean {
  const bytes = withoutStamp(b);
  return withoutStamp(a).every((byte, i) => byte === bytes[i]);
}

function withoutStamp(header: IndexHeader): Uint8Array {
  const { versionStamp: _, ...rest } = header;
  return encodeHeader(rest);
}

/** Whether the bytes begin as every index of any version does. */
export function isIndex(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, at) => bytes[at] === byte);
}

/**
 * @param bytes the first {@linkcode HEADER_BYTES} bytes of the file, or fewer if it is shorter
 * @param path of the file, for messages
 * @throws {IndexError} `foreign`, `version` or `damaged`
 */
export function decodeHeader(bytes: Uint8Array, path: string): IndexHeader {
  if (!isIndex(bytes)) throw foreignIndex(path);
  if (bytes.length < HEADER_BYTES) throw damagedIndex(path, "its header is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  // Before the checksum: another version may compute it otherwise.
  const version = view.getUint32(AT_VERSION, true);
  if (version !== FORMAT_VERSION) throw otherVersion(path, version, FORMAT_VERSION);
  if (view.getUint32(AT_CHECKSUM, true) !== xxh32(bytes.subarray(0, AT_CHECKSUM), 0)) {
    throw damagedIndex(path, "its header fails its checksum");
  }
  const header = readFields(bytes, view);
  if (header === undefined) throw damagedIndex(path, "its header contradicts itself");
  return header;
}

function readFields(bytes: Uint8Array, view: DataView): IndexHeader | undefined {
  const lines = getUint53(view, AT_LINES);
  const textBytes = getUint53(view, AT_TEXT_BYTES);
  const indexBytes = getUint53(view, AT_INDEX_BYTES);
  if (lines === undefined || textBytes === undefined || indexBytes === undefined) return undefined;
  const compressed = readCompressed(view);
  const header: IndexHeader = {
    lines,
    textBytes,
    indexBytes,
    linesPerPage: view.getUint32(AT_LINES_PER_PAGE, true),
    slotWidthBits: view.getUint32(AT_SLOT_WIDTH, true),
    fingerprint: bytes.slice(AT_FINGERPRINT, AT_FINGERPRINT + FINGERPRINT_BYTES),
    ...(view.getUint32(AT_HAS_STAMP, true) === 1
      ? { versionStamp: Number(view.getBigInt64(AT_STAMP, true)) }
      : {}),
    ...(compressed === undefined ? {} : { compressed }),
  };
  const isConsistent = header.linesPerPage >= 1 && header.linesPerPage <= LINES_PER_PAGE_MAX &&
    header.slotWidthBits <= MAX_WIDTH_BITS && lines <= textBytes &&
    indexBytes >= overflowOffset(header) && isTableWithin(header);
  return isConsistent ? header : undefined;
}

function readCompressed(view: DataView): CompressedLayout | undefined {
  const codec = view.getUint32(AT_CODEC, true);
  if (codec === 0) return undefined;
  return {
    // An unknown codec does not agree with any file, so the index is built again.
    codec: CODECS[codec - 1]!,
    storedBytes: getUint53(view, AT_STORED_BYTES) ?? NaN,
    tableOffset: getUint53(view, AT_TABLE_OFFSET) ?? NaN,
    blocks: getUint53(view, AT_BLOCKS) ?? NaN,
  };
}

// A comparison with NaN is false.
function isTableWithin(header: IndexHeader): boolean {
  if (header.compressed === undefined) return true;
  const { codec, storedBytes, tableOffset, blocks } = header.compressed;
  return codec !== undefined && storedBytes >= 0 && blocks <= header.textBytes &&
    (blocks === 0) === (header.textBytes === 0) && tableOffset >= overflowOffset(header) &&
    tableOffset + tablePageCount(blocks) * TABLE_PAGE_BYTES <= header.indexBytes;
}
