import { formatCount } from "../../messages.ts";
import type { ByteSource } from "../../text_source.ts";
import { type Block, BLOCK_TEXT_MAX_BYTES, DamagedBlock } from "../codec.ts";
import { readBytes } from "./seekable_zstd.ts";
import type { StoredBlock, UnpackThreads } from "../unpack_threads.ts";
import { checksumOf, isSkippable, SKIPPABLE_HEAD_BYTES, skippableBytes } from "./zstd_frame.ts";
import {
  FRAME_STORED_MAX_BYTES,
  FRAME_TOO_LARGE,
  type ListedFrame,
  listFrames,
  NotSeekable,
} from "./zstd_frames.ts";
import { TOO_MUCH_TEXT, unpackBlock, unpackFrame } from "./zstd_unpack.ts";

// Frames are given to threads in batches: a message takes as long as unpacking some frames.
const BATCH_BYTES = 1024 * 1024;

/** Why a frame is damaged whose checksum differs from that of the seek table. */
export const WRONG_CHECKSUM = "a checksum is not that of the seek table";

/** Some frames that follow each other, and their text. */
export interface Batch {
  readonly blocks: readonly Block[];
  readonly texts: Promise<readonly Uint8Array[]>;
  /** For each block, the checksum that its text must have; undefined if zstd has checked it. */
  readonly checksums: readonly (number | undefined)[];
  /** How much memory it takes, at most. */
  readonly bytes: number;
}

interface SizedFrame extends ListedFrame {
  readonly textBytes: number;
}

/**
 * Reads the frames of a file that have text, in batches, and begins to unpack each batch.
 *
 * @param threads what unpacks them; this thread if there are none
 */
export async function* batches(
  stored: ByteSource,
  threads: UnpackThreads | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch, void> {
  let textOffset = 0;
  let frames: SizedFrame[] = [];
  let bytes = 0;
  const finish = async (): Promise<Batch> => {
    const batch = await readBatch(stored, frames, textOffset, threads, signal);
    const last = batch.blocks.at(-1)!;
    textOffset = last.textOffset + last.textBytes;
    frames = [];
    bytes = 0;
    return batch;
  };
  for await (const frame of listFrames(stored, signal)) {
    const textBytes = frame.textBytes || await measureText(stored, frame, signal);
    if (textBytes === 0) continue;
    if (frames.length > 0 && !follows(frame, frames.at(-1)!)) yield await finish();
    frames.push({ ...frame, textBytes });
    bytes += frame.storedBytes + textBytes;
    if (bytes >= BATCH_BYTES) yield await finish();
  }
  if (frames.length > 0) yield await finish();
}

function follows(frame: ListedFrame, { storedOffset, storedBytes }: ListedFrame): boolean {
  return frame.storedOffset === storedOffset + storedBytes;
}

// Of a frame of unknown size, or without text as it seems.
async function measureText(
  stored: ByteSource,
  frame: ListedFrame,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { storedOffset, storedBytes, textBytes } = frame;
  return await within(storedOffset, async () => {
    const headBytes = Math.min(storedBytes, SKIPPABLE_HEAD_BYTES);
    const head = await readBytes(stored, storedOffset, headBytes, signal);
    if (isSkippable(head) && head.length === SKIPPABLE_HEAD_BYTES) {
      if (skippableBytes(head) === storedBytes) return 0;
      throw new DamagedBlock("its size is wrong");
    }
    if (storedBytes > FRAME_STORED_MAX_BYTES) throw new NotSeekable(FRAME_TOO_LARGE);
    const bytes = await readBytes(stored, storedOffset, storedBytes, signal);
    if (textBytes === undefined) return unpackUnsized(bytes).length;
    const text = unpackFrame(bytes, textBytes, BATCH_BYTES);
    if (text.length > textBytes) throw new DamagedBlock(TOO_MUCH_TEXT);
    return text.length;
  });
}

function unpackUnsized(frame: Uint8Array): Uint8Array {
  try {
    return unpackFrame(frame, BLOCK_TEXT_MAX_BYTES, BATCH_BYTES);
  } catch (error) {
    const isTooLarge = error instanceof DamagedBlock && error.message === TOO_MUCH_TEXT;
    throw isTooLarge ? new NotSeekable(FRAME_TOO_LARGE) : error;
  }
}

async function readBatch(
  stored: ByteSource,
  frames: readonly SizedFrame[],
  textOffset: number,
  threads: UnpackThreads | undefined,
  signal: AbortSignal | undefined,
): Promise<Batch> {
  signal?.throwIfAborted();
  const from = frames[0]!.storedOffset;
  const last = frames.at(-1)!;
  const storedBytes = last.storedOffset + last.storedBytes - from;
  const bytes = await readBytes(stored, from, storedBytes, signal);
  const blocks: StoredBlock[] = [];
  const checksums: (number | undefined)[] = [];
  let offset = textOffset;
  for (const frame of frames) {
    const at = frame.storedOffset - from;
    const one = bytes.subarray(at, at + frame.storedBytes);
    checksums.push(uncheckedChecksum(one, frame));
    const { storedOffset, storedBytes, textBytes } = frame;
    blocks.push({
      stored: one,
      block: { textOffset: offset, textBytes, storedOffset, storedBytes, skippedBits: 0 },
    });
    offset += textBytes;
  }
  const texts = threads?.unpackAll("zstd", blocks, signal) ?? unpackHere(blocks);
  // It is awaited later than it may fail.
  texts.catch(() => {});
  return {
    blocks: blocks.map(({ block }) => block),
    texts,
    checksums,
    bytes: storedBytes + offset - textOffset,
  };
}

// deno-lint-ignore require-await
async function unpackHere(blocks: readonly StoredBlock[]): Promise<Uint8Array[]> {
  return blocks.map(({ stored, block }) => unpackBlock(stored, block));
}

// The checksum of the seek table, if it must be compared with the text. zstd compares that of the frame.
function uncheckedChecksum(bytes: Uint8Array, frame: ListedFrame): number | undefined {
  const found = checksumOf(bytes);
  if (found === undefined) return frame.checksum;
  if (frame.checksum === undefined || frame.checksum === found) return undefined;
  throw damagedAt(frame.storedOffset, WRONG_CHECKSUM);
}

/** Runs an action; a `DamagedBlock` that it throws says where in the file the damage is. */
export async function within<T>(storedOffset: number, action: () => Promise<T> | T): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DamagedBlock)) throw error;
    throw damagedAt(storedOffset, error.message, error);
  }
}

/** @param message what is wrong with the frame */
export function damagedAt(storedOffset: number, message: string, cause?: unknown): DamagedBlock {
  const where = `in a frame from byte ${formatCount(storedOffset)} on`;
  return new DamagedBlock(`${message}, ${where}`, { cause });
}
