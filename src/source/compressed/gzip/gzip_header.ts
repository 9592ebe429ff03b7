import { crc32 } from "node:zlib";
import { DamagedBlock } from "../codec.ts";

/** The longest header that is read, in bytes: a bound for memory. */
export const HEADER_MAX_BYTES: number = 128 * 1024;

/** How long the CRC-32 and the size after the compressed data of a member are, in bytes. */
export const TRAILER_BYTES = 8;

// RFC 1952: the magic, and "deflate".
const MAGIC = [0x1f, 0x8b, 0x08];
const FIXED_BYTES = 10;
const FLAGS_AT = 3;
const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const UNKNOWN_FLAGS = 0xe0;

// Of BGZF: the extra field "BC" with the size of the member minus 1.
const BC = [0x42, 0x43, 2, 0];
const SIZE_AT = BC.length;
const FIELD_HEADER_BYTES = 4;

/** A header of a member of a gzip file. */
export interface GzipHeader {
  /** Its length in bytes. */
  readonly bytes: number;
  /** How long the member is, the header included, if it is of BGZF. */
  readonly bgzfBytes: number | undefined;
}

/** Whether a file is compressed with gzip, from its first bytes. */
export function isGzip(head: Uint8Array): boolean {
  return head.length >= MAGIC.length && MAGIC.every((byte, at) => byte === head[at]);
}

/** Whether a file consists of the small members of BGZF, from its first bytes: the header of the first member. */
export function isBgzf(head: Uint8Array): boolean {
  try {
    return readHeader(head)?.bgzfBytes !== undefined;
  } catch {
    return false;
  }
}

/**
 * Reads the header of a member.
 *
 * @param bytes where it begins, and what follows
 * @returns undefined if it continues after `bytes`
 * @throws {DamagedBlock} if there is no header
 */
export function readHeader(bytes: Uint8Array): GzipHeader | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  if (!isGzip(bytes)) throw new DamagedBlock("no gzip header");
  const flags = bytes[FLAGS_AT]!;
  if ((flags & UNKNOWN_FLAGS) !== 0) throw new DamagedBlock("unknown flags in a gzip header");
  let end = FIXED_BYTES;
  let extra: Uint8Array | undefined;
  if ((flags & EXTRA) !== 0) {
    const from = end + 2;
    if (bytes.length < from) return undefined;
    end = from + uint16(bytes, from - 2);
    extra = bytes.subarray(from, end);
  }
  if ((flags & NAME) !== 0) end = afterNul(bytes, end);
  if ((flags & COMMENT) !== 0) end = afterNul(bytes, end);
  const crcAt = end;
  if ((flags & HEADER_CRC) !== 0) end += 2;
  if (Math.min(end, bytes.length) > HEADER_MAX_BYTES) {
    throw new DamagedBlock("a gzip header that is too long");
  }
  if (bytes.length < end) return undefined;
  if (end > crcAt && uint16(bytes, crcAt) !== (crc32(bytes.subarray(0, crcAt)) & 0xffff)) {
    throw new DamagedBlock("a gzip header fails its checksum");
  }
  return { bytes: end, bgzfBytes: extra === undefined ? undefined : bgzfBytes(extra) };
}

// Infinity if there is none.
function afterNul(bytes: Uint8Array, from: number): number {
  const nul = bytes.indexOf(0, from);
  return nul < 0 || from > bytes.length ? Infinity : nul + 1;
}

function bgzfBytes(extra: Uint8Array): number | undefined {
  let at = 0;
  while (at + FIELD_HEADER_BYTES <= extra.length) {
    const end = at + FIELD_HEADER_BYTES + uint16(extra, at + 2);
    const isBc = BC.every((byte, i) => byte === extra[at + i]);
    if (isBc && end <= extra.length) return uint16(extra, at + SIZE_AT) + 1;
    at = end;
  }
  return undefined;
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}
