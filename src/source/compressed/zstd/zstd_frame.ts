/**
 * The frames of zstd, as RFC 8878 describes them: a frame's end is found from the headers of its blocks, without
 * unpacking it.
 *
 * @module
 */
import { DamagedBlock } from "../codec.ts";

// What a frame of text begins with, as a little-endian number.
const FRAME_MAGIC = 0xfd2fb528;

/** The length of a frame's first bytes that {@linkcode isSkippable} and {@linkcode skippableBytes} need. */
export const SKIPPABLE_HEAD_BYTES = 8;

/** The longest header of a frame of text. */
export const FRAME_HEAD_MAX_BYTES = 18;

/** The length of a block's header. */
export const BLOCK_HEAD_BYTES = 3;

const SKIPPABLE_MAGIC = 0x184d2a50;
const CHECKSUM_BYTES = 4;
const BLOCK_MAX_BYTES = 128 * 1024;

/** What the header of a frame of text says. */
export interface FrameHead {
  /** The length of the header. */
  readonly bytes: number;
  /** The size of the text; undefined if the header does not have it. */
  readonly textBytes: number | undefined;
  /** Whether the frame ends with a checksum. */
  readonly hasChecksum: boolean;
}

/** What the header of a block says. */
export interface BlockHead {
  /** The length of the block without its header. */
  readonly bytes: number;
  readonly isLast: boolean;
}

/** Whether bytes begin as a frame of text does. */
export function isFrame(head: Uint8Array): boolean {
  return head.length >= 4 && u32(head, 0) === FRAME_MAGIC;
}

/** Whether a frame holds no text, but data of other programs, which are skipped. */
export function isSkippable(head: Uint8Array): boolean {
  return head.length >= 4 && ((u32(head, 0) ^ SKIPPABLE_MAGIC) >>> 4) === 0;
}

/** The length of a skippable frame. */
export function skippableBytes(head: Uint8Array): number {
  return SKIPPABLE_HEAD_BYTES + u32(head, 4);
}

/** @throws {DamagedBlock} if a frame of text does not begin like this */
export function parseFrameHead(head: Uint8Array): FrameHead {
  if (head.length < 5 || !isFrame(head)) throw new DamagedBlock("no zstd frame");
  const descriptor = head[4]!;
  if ((descriptor & 8) !== 0) throw new DamagedBlock("unknown kind of zstd frame");
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag;
  const sizeAt = 5 + Number(!isSingleSegment) + [0, 1, 2, 4][descriptor & 3]!;
  const bytes = sizeAt + sizeBytes;
  if (head.length < bytes) throw new DamagedBlock("it ends early");
  return {
    bytes,
    textBytes: sizeBytes === 0 ? undefined : readSize(head, sizeAt, sizeBytes),
    hasChecksum: (descriptor & 4) !== 0,
  };
}

/** @throws {DamagedBlock} if no block begins like this */
export function parseBlockHead(bytes: Uint8Array, at: number): BlockHead {
  if (at + BLOCK_HEAD_BYTES > bytes.length) throw new DamagedBlock("it ends early");
  const head = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
  const type = head >> 1 & 3;
  const size = head >> 3;
  // Type 1 is a byte that is repeated `size` times.
  if (type === 3 || size > BLOCK_MAX_BYTES) throw new DamagedBlock("it has an unknown block");
  return { bytes: type === 1 ? 1 : size, isLast: (head & 1) !== 0 };
}

/** The length of what follows the last block. */
export function tailBytes({ hasChecksum }: FrameHead): number {
  return hasChecksum ? CHECKSUM_BYTES : 0;
}

/**
 * Checks that bytes are exactly one frame of text. What unpacks them does not notice if the frame ends early, or if
 * something follows it.
 *
 * @throws {DamagedBlock} if they are not
 */
export function assertIsOneFrame(bytes: Uint8Array): FrameHead {
  const head = parseFrameHead(bytes);
  let at = head.bytes;
  for (let isLast = false; !isLast;) {
    const block = parseBlockHead(bytes, at);
    at += BLOCK_HEAD_BYTES + block.bytes;
    isLast = block.isLast;
  }
  at += tailBytes(head);
  if (at > bytes.length) throw new DamagedBlock("it ends early");
  if (at < bytes.length) throw new DamagedBlock("something follows its zstd frame");
  return head;
}

/**
 * The checksum at the end of a frame: the lowest 32 bits of the XXH64 of its text.
 *
 * @param frame a whole frame
 * @returns undefined if it has none
 */
export function checksumOf(frame: Uint8Array): number | undefined {
  const hasChecksum = frame.length > CHECKSUM_BYTES && (frame[4]! & 4) !== 0;
  return hasChecksum ? u32(frame, frame.length - CHECKSUM_BYTES) : undefined;
}

/** A little-endian number of 32 bits. */
export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}

function readSize(head: Uint8Array, at: number, bytes: number): number {
  switch (bytes) {
    case 1:
      return head[at]!;
    case 2:
      return (head[at]! | head[at + 1]! << 8) + 256;
    case 4:
      return u32(head, at);
    default:
      return u32(head, at) + u32(head, at + 4) * 2 ** 32;
  }
}
