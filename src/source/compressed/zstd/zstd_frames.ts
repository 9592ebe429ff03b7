import type { ByteSource } from "../../text_source.ts";
import { BLOCK_TEXT_MAX_BYTES, DamagedBlock } from "../codec.ts";
import { findSeekTable, listsAll, readBytes, tableEntries } from "./seekable_zstd.ts";
import {
  BLOCK_HEAD_BYTES,
  FRAME_HEAD_MAX_BYTES,
  isSkippable,
  parseBlockHead,
  parseFrameHead,
  SKIPPABLE_HEAD_BYTES,
  skippableBytes,
  tailBytes,
} from "./zstd_frame.ts";

/** The largest frame that is read, in bytes of the file: text that cannot be compressed takes a little more. */
export const FRAME_STORED_MAX_BYTES: number = BLOCK_TEXT_MAX_BYTES + 1024 * 1024;

/** Why a file is {@linkcode NotSeekable} that has a frame of more text than is read. */
export const FRAME_TOO_LARGE = "a zstd frame is larger than 64 MiB";

const WINDOW_BYTES = 256 * 1024;

/** A frame of a file. */
export interface ListedFrame {
  readonly storedOffset: number;
  /** 1 to {@linkcode FRAME_STORED_MAX_BYTES}; unlimited for frames without text. */
  readonly storedBytes: number;
  /** 0 to {@linkcode BLOCK_TEXT_MAX_BYTES}, as the file says; undefined if that is not known. */
  readonly textBytes: number | undefined;
  /** What the seek table has for it. */
  readonly checksum: number | undefined;
}

/** The file cannot be read in the middle: it is one frame, or a frame is too large. */
export class NotSeekable extends Error {
  override readonly name = "NotSeekable";
}

/**
 * Lists the frames of a file in order: from the seek table, or if there is none that lists everything before it,
 * from the headers of the frames, which takes reading the file; then skippable frames are left out.
 *
 * @throws {DamagedBlock} if the table or a header is damaged
 * @throws {NotSeekable} before the first frame is listed if there is one frame and no table; later if a frame is
 * larger than the limits
 */
export async function* listFrames(
  stored: ByteSource,
  signal?: AbortSignal,
): AsyncGenerator<ListedFrame, void> {
  const table = await findSeekTable(stored, signal);
  if (table === undefined || !await listsAll(stored, table, signal)) {
    return yield* walkFrames(stored, signal);
  }
  let storedOffset = 0;
  for await (const entry of tableEntries(stored, table, signal)) {
    const { storedBytes, textBytes } = entry;
    if (textBytes > 0) assertIsSmall(storedBytes, textBytes);
    yield { ...entry, storedOffset };
    storedOffset += storedBytes;
  }
}

async function* walkFrames(
  stored: ByteSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedFrame, void> {
  const source = new WindowedSource(stored, signal);
  let first: ListedFrame | undefined;
  let frames = 0;
  for (let offset = 0; offset < stored.size;) {
    const frame = await frameAt(source, offset);
    offset += frame.storedBytes;
    if (offset > stored.size) throw new DamagedBlock("it ends early");
    if (frame.textBytes === 0) continue;
    frames++;
    // The first one waits until there is a second one.
    if (frames === 1) first = frame;
    else {
      if (frames === 2) yield first!;
      yield frame;
    }
  }
  if (frames === 1) throw new NotSeekable("it is one zstd frame");
}

async function frameAt(source: WindowedSource, storedOffset: number): Promise<ListedFrame> {
  const head = await source.peek(storedOffset, FRAME_HEAD_MAX_BYTES);
  if (isSkippable(head)) {
    if (head.length < SKIPPABLE_HEAD_BYTES) throw new DamagedBlock("it ends early");
    return { storedOffset, storedBytes: skippableBytes(head), textBytes: 0, checksum: undefined };
  }
  const frame = parseFrameHead(head);
  assertIsSmall(0, frame.textBytes ?? 0);
  let storedBytes = frame.bytes;
  for (let isLast = false; !isLast;) {
    const block = parseBlockHead(
      await source.peek(storedOffset + storedBytes, BLOCK_HEAD_BYTES),
      0,
    );
    storedBytes += BLOCK_HEAD_BYTES + block.bytes;
    isLast = block.isLast;
    assertIsSmall(storedBytes, 0);
  }
  storedBytes += tailBytes(frame);
  // A frame of no text is treated like one of unknown size: it is unpacked to see that it has none.
  const textBytes = frame.textBytes === 0 ? undefined : frame.textBytes;
  return { storedOffset, storedBytes, textBytes, checksum: undefined };
}

function assertIsSmall(storedBytes: number, textBytes: number): void {
  if (storedBytes <= FRAME_STORED_MAX_BYTES && textBytes <= BLOCK_TEXT_MAX_BYTES) return;
  throw new NotSeekable(FRAME_TOO_LARGE);
}

/** Reads a source mostly forward, a few bytes at a time. */
class WindowedSource {
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  #window = new Uint8Array();
  #offset = 0;

  constructor(source: ByteSource, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  /** The bytes from an offset; fewer at the end of the source. */
  async peek(offset: number, bytes: number): Promise<Uint8Array> {
    const end = Math.min(offset + bytes, this.#source.size);
    if (end <= offset) return new Uint8Array();
    if (offset < this.#offset || end > this.#offset + this.#window.length) {
      this.#signal?.throwIfAborted();
      const length = Math.min(WINDOW_BYTES, this.#source.size - offset);
      this.#window = await readBytes(this.#source, offset, length, this.#signal);
      this.#offset = offset;
    }
    return this.#window.subarray(offset - this.#offset, end - this.#offset);
  }
}
