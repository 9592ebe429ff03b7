import zlib from "node:zlib";
import { formatCount } from "../messages.ts";
import { type ByteSource, TextError } from "../text_source.ts";
import {
  type Block,
  BLOCK_TEXT_MAX_BYTES,
  type Codec,
  DamagedBlock,
  type ScanOptions,
  type UnpackedBlock,
} from "./codec.ts";
import { inOwnBuffer } from "./job_threads.ts";
import { readBytes } from "./seekable_zstd.ts";
import { type StoredBlock, UnpackThreads } from "./unpack_threads.ts";
import { lowXxh64 } from "./xxh64.ts";
import {
  assertIsOneFrame,
  checksumOf,
  isSkippable,
  SKIPPABLE_HEAD_BYTES,
  skippableBytes,
} from "./zstd_frame.ts";
import {
  FRAME_STORED_MAX_BYTES,
  type ListedFrame,
  listFrames,
  NotSeekable,
} from "./zstd_frames.ts";
import { hasZstd, NO_ZSTD, ZSTD_REMEDY } from "./zstd_runtime.ts";

/** A smaller file is unpacked sooner by the thread that reads it: other threads take time to start. */
export const THREADS_FROM_BYTES: number = 4 * 1024 * 1024;

// Frames are given to threads in batches: a message takes as long as unpacking some frames.
const BATCH_BYTES = 1024 * 1024;

// What is unpacked ahead of the receiver, read or unpacked; one batch if that is larger.
const AHEAD_BYTES = 12 * 1024 * 1024;

// zlib requires it.
const CHUNK_MIN_BYTES = 64;

const WRONG_CHECKSUM = "a checksum is not that of the seek table";

/**
 * zstd's seekable format, and files of several frames without a seek table.
 *
 * - A seek table must list all frames before it, in order. Entries without text are skippable or empty frames; they
 *   are checked too, so that a wrong entry hides no text.
 * - An entry is one frame: what follows it in its bytes is damage.
 * - A checksum of the seek table is compared with that at the end of its frame, which zstd compares with the text;
 *   if the frame has none, with the text.
 */
export const zstdCodec: Codec = { name: "zstd", scan, unpack };

function unpack(stored: Uint8Array, { textBytes }: Block): Uint8Array {
  const text = unpackFrame(stored, textBytes);
  if (text.length === textBytes) return text;
  throw new DamagedBlock(`it has ${formatCount(text.length)} bytes, not ${formatCount(textBytes)}`);
}

// Text of at most that size.
function unpackFrame(
  frame: Uint8Array,
  textMaxBytes: number,
  chunkBytes = textMaxBytes,
): Uint8Array {
  assertIsOneFrame(frame);
  try {
    const text = zlib.zstdDecompressSync(frame, {
      chunkSize: Math.max(chunkBytes, CHUNK_MIN_BYTES),
      maxOutputLength: Math.max(textMaxBytes, 1),
    });
    return inOwnBuffer(text);
  } catch (error) {
    throw new DamagedBlock(describeFailure(error), { cause: error });
  }
}

function describeFailure(error: unknown): string {
  if (!hasZstd()) return NO_ZSTD;
  if (error instanceof RangeError) return "it has more text than its size says";
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Zstd decompress error: /, "zstd says ");
}

/** Some frames that follow each other, and their text. */
interface Batch {
  readonly blocks: readonly Block[];
  readonly texts: Promise<readonly Uint8Array[]>;
  /** For each block, the checksum that its text must have; undefined if zstd has checked it. */
  readonly checksums: readonly (number | undefined)[];
  /** How much memory it takes, at most. */
  readonly bytes: number;
}

async function* scan(
  stored: ByteSource,
  { signal }: ScanOptions = {},
): AsyncGenerator<UnpackedBlock, void> {
  if (!hasZstd()) throw new TextError(noZstd(stored.name));
  try {
    await using threads = stored.size < THREADS_FROM_BYTES ? undefined : new UnpackThreads();
    const aheadBytes = threads === undefined ? 0 : AHEAD_BYTES;
    const ahead: Batch[] = [];
    let bytes = 0;
    for await (const batch of batches(stored, threads, signal)) {
      ahead.push(batch);
      bytes += batch.bytes;
      while (bytes > aheadBytes && ahead.length > 0) {
        const next = ahead.shift()!;
        yield* unpacked(next);
        bytes -= next.bytes;
      }
    }
    for (const next of ahead) yield* unpacked(next);
  } catch (error) {
    throw toTextError(error, stored.name);
  }
}

async function* unpacked(batch: Batch): AsyncGenerator<UnpackedBlock, void> {
  const { blocks, checksums } = batch;
  const texts = await within(blocks[0]!.storedOffset, () => batch.texts);
  for (const [i, block] of blocks.entries()) {
    const text = texts[i]!;
    const checksum = checksums[i];
    if (checksum !== undefined && checksum !== lowXxh64(text)) {
      throw damagedAt(block.storedOffset, WRONG_CHECKSUM);
    }
    yield { ...block, text, window: undefined };
  }
}

async function* batches(
  stored: ByteSource,
  threads: UnpackThreads | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch, void> {
  let textOffset = 0;
  let frames: (ListedFrame & { readonly textBytes: number })[] = [];
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
    if (storedBytes > FRAME_STORED_MAX_BYTES) throw new NotSeekable("a zstd frame is too large");
    const bytes = await readBytes(stored, storedOffset, storedBytes, signal);
    const text = unpackFrame(bytes, textBytes ?? BLOCK_TEXT_MAX_BYTES, BATCH_BYTES);
    if (text.length > (textBytes ?? BLOCK_TEXT_MAX_BYTES)) {
      throw new DamagedBlock("it has more text than its size says");
    }
    return text.length;
  });
}

async function readBatch(
  stored: ByteSource,
  frames: readonly (ListedFrame & { readonly textBytes: number })[],
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
  return blocks.map(({ stored, block }) => unpack(stored, block));
}

// The checksum of the seek table, if it must be compared with the text. zstd compares that of the frame.
function uncheckedChecksum(bytes: Uint8Array, frame: ListedFrame): number | undefined {
  const found = checksumOf(bytes);
  if (found === undefined) return frame.checksum;
  if (frame.checksum === undefined || frame.checksum === found) return undefined;
  throw damagedAt(frame.storedOffset, WRONG_CHECKSUM);
}

// Says in the error where in the file the damage is.
async function within<T>(storedOffset: number, action: () => Promise<T> | T): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DamagedBlock)) throw error;
    throw damagedAt(storedOffset, error.message, error);
  }
}

function damagedAt(storedOffset: number, message: string, cause?: unknown): DamagedBlock {
  const where = `in a frame from byte ${formatCount(storedOffset)} on`;
  return new DamagedBlock(`${message}, ${where}`, { cause });
}

function toTextError(error: unknown, name: string): unknown {
  if (error instanceof NotSeekable) return new TextError(notSeekable(name, error.message));
  if (!(error instanceof DamagedBlock)) return error;
  const message = `File damaged: ${name} (${error.message}). Restore it from a backup.`;
  return new TextError(message, { cause: error });
}

function notSeekable(name: string, reason: string): string {
  const output = `${name.replace(/\.zst$/, "")}.seekable.zst`;
  return `Cannot read lines: ${name} (${reason}, which cannot be read in the middle). ` +
    `Recompress it with "zstd -dc ${quote(name)} | linesvr compress - -o ${quote(output)}".`;
}

function noZstd(name: string): string {
  return `Cannot read lines: ${name} (${NO_ZSTD}). ${ZSTD_REMEDY}`;
}

// For a shell.
function quote(path: string): string {
  return /^[\w./@:,+=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
