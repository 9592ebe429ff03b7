import { LF } from "../../text_source.ts";
import type { Block } from "../codec.ts";
import { buffersOf, JobThreads, type Thread } from "../job_threads.ts";
import { SeekTableWriter, TABLE_FRAMES_MAX } from "./seekable_zstd.ts";
import { type CompressedFrames, compressFrames, type CompressJob } from "./zstd_compression.ts";
import { checksumOf } from "./zstd_frame.ts";
import { hasZstd, NO_ZSTD, ZSTD_REMEDY } from "./zstd_runtime.ts";

/** How much text a frame has at most, unless asked for otherwise. */
export const FRAME_BYTES_DEFAULT: number = 64 * 1024;

/** The smallest limit for the text of a frame. */
export const FRAME_BYTES_MIN = 1024;

/** The largest limit for the text of a frame. */
export const FRAME_BYTES_MAX: number = 16 * 1024 * 1024;

/** The compression level, unless asked for otherwise. */
export const LEVEL_DEFAULT = 3;

/** The highest compression level; the lowest is 1. */
export const LEVEL_MAX = 22;

// Frames are given to threads in batches; also what one thread compresses without help.
const BATCH_BYTES = 1024 * 1024;

/** How a text is compressed. */
export interface CompressOptions {
  /** @default {LEVEL_DEFAULT} */
  readonly level?: number | undefined;
  /**
   * How much text a frame has at most, {@linkcode FRAME_BYTES_MIN} to {@linkcode FRAME_BYTES_MAX}.
   *
   * @default {FRAME_BYTES_DEFAULT}
   */
  readonly frameBytes?: number | undefined;
  /**
   * Called for each frame in order, after it was written. The text is valid during the call.
   */
  readonly onFrame?: ((block: Block, text: Uint8Array) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @default {starts `compress_worker.ts`} */
  readonly startThread?: () => Thread;
}

/** What was written. */
export interface CompressResult {
  readonly textBytes: number;
  readonly storedBytes: number;
  readonly frames: number;
}

/**
 * Compresses a text in zstd's seekable format. Frames are compressed on several threads if there is more than a MiB.
 *
 * A frame ends after the last line end that fits. If a line is longer than a frame, the frame is full.
 *
 * @param chunks the text; a chunk may be reused when the next one is asked for
 * @param write called with what is to be written, in order
 * @throws {Error} (as a rejection) if the runtime has no zstd, with a message for people
 * @throws what `chunks` or `write` throws
 * @throws the signal's reason, if it was aborted
 */
export async function writeSeekableZstd(
  chunks: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => void,
  options: CompressOptions = {},
): Promise<CompressResult> {
  if (!hasZstd()) throw new Error(`Cannot compress (${NO_ZSTD}). ${ZSTD_REMEDY}`);
  const { level = LEVEL_DEFAULT, signal, startThread: start = startWorker } = options;
  const frames = new FrameWriter(write, options.onFrame);
  await using threads = new JobThreads<CompressJob, CompressedFrames>({
    start,
    purpose: "compress",
  });
  // So many that each thread has the next batch when it has compressed one.
  const aheadMax = 2 * threads.threadsMax;
  const ahead: Promise<CompressedFrames>[] = [];
  for await (const batch of cutFrames(chunks, options.frameBytes ?? FRAME_BYTES_DEFAULT)) {
    signal?.throwIfAborted();
    const job = { ...batch, level };
    if (batch.isOnly) {
      frames.writeAll(compressFrames(job));
      continue;
    }
    const compressed = threads.run(job, buffersOf([job.text]), signal);
    // It is awaited later than it may fail.
    compressed.catch(() => {});
    ahead.push(compressed);
    if (ahead.length > aheadMax) frames.writeAll(await ahead.shift()!);
  }
  for (const compressed of ahead) frames.writeAll(await compressed);
  return frames.finish();
}

class FrameWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #onFrame: CompressOptions["onFrame"];
  readonly #table = new SeekTableWriter();
  #textBytes = 0;
  #storedBytes = 0;

  constructor(write: (bytes: Uint8Array) => void, onFrame: CompressOptions["onFrame"]) {
    this.#write = write;
    this.#onFrame = onFrame;
  }

  writeAll({ text, ends, frames }: CompressedFrames): void {
    frames.forEach((frame, i) => this.#add(frame, text.subarray(ends[i - 1] ?? 0, ends[i])));
  }

  /** Writes the seek table. */
  finish(): CompressResult {
    for (const piece of this.#table.encode()) {
      this.#write(piece);
      this.#storedBytes += piece.length;
    }
    const { frames } = this.#table;
    return { textBytes: this.#textBytes, storedBytes: this.#storedBytes, frames };
  }

  #add(frame: Uint8Array, text: Uint8Array): void {
    if (this.#table.frames === TABLE_FRAMES_MAX) {
      throw new Error(
        "Cannot compress (too many frames for a seek table). Choose a larger --frame.",
      );
    }
    this.#write(frame);
    this.#table.add(frame.length, text.length, checksumOf(frame)!);
    this.#onFrame?.({
      textOffset: this.#textBytes,
      textBytes: text.length,
      storedOffset: this.#storedBytes,
      storedBytes: frame.length,
      skippedBits: 0,
    }, text);
    this.#textBytes += text.length;
    this.#storedBytes += frame.length;
  }
}

interface FrameTexts extends Pick<CompressJob, "text" | "ends"> {
  /** Whether it is the whole text. */
  readonly isOnly: boolean;
}

async function* cutFrames(
  chunks: AsyncIterable<Uint8Array>,
  frameBytes: number,
): AsyncGenerator<FrameTexts, void> {
  const batchBytes = Math.max(BATCH_BYTES, frameBytes);
  let text = new Uint8Array(batchBytes);
  let used = 0;
  let isFirst = true;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      // Not before there is more: the end of the text is cut in another way.
      if (used === batchBytes) {
        const ends = frameEnds(text, frameBytes);
        const end = ends.at(-1)!;
        const next = new Uint8Array(batchBytes);
        next.set(text.subarray(end));
        used = batchBytes - end;
        yield { text: text.subarray(0, end), ends, isOnly: false };
        isFirst = false;
        text = next;
      }
      const count = Math.min(chunk.length - at, batchBytes - used);
      text.set(chunk.subarray(at, at + count), used);
      used += count;
      at += count;
    }
  }
  if (used === 0) return;
  const last = text.subarray(0, used);
  const ends = frameEnds(last, frameBytes);
  if (ends.at(-1) !== used) ends.push(used);
  yield { text: last, ends, isOnly: isFirst };
}

// Of the frames that certainly are full.
function frameEnds(text: Uint8Array, frameBytes: number): number[] {
  const ends: number[] = [];
  for (let start = 0; text.length - start >= frameBytes;) {
    const lastLf = text.subarray(start, start + frameBytes).lastIndexOf(LF);
    start += lastLf < 0 ? frameBytes : lastLf + 1;
    ends.push(start);
  }
  return ends;
}

function startWorker(): Worker {
  return new Worker(import.meta.resolve("./compress_worker.ts"), { type: "module" });
}
