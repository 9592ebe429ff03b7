import { type ByteSource, TextError } from "../text_source.ts";

/** The size of a range that is read ahead. */
export const AHEAD_CHUNK_BYTES: number = 4 * 1024 * 1024;

/** How many ranges are in memory: the one that is being used, and those read ahead. Together 32 MiB. */
export const AHEAD_CHUNKS = 8;

/** How a source is read ahead. */
export interface ParallelReaderOptions {
  /** @default {AHEAD_CHUNK_BYTES} */
  readonly chunkBytes?: number;
  /** @default {AHEAD_CHUNKS} */
  readonly chunks?: number;
}

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly abort: AbortController;
  /** Never rejects. */
  readonly finished: Promise<void>;
  state: "reading" | "read" | "failed";
  error: unknown;
}

/**
 * Reads a distant source from its beginning to its end by several large reads side by side. For one caller that
 * reads forward; if it skips or goes back, reading ahead begins again there.
 *
 * Memory: `chunks` × `chunkBytes`.
 */
export class ParallelReader implements ByteSource {
  readonly #source: ByteSource;
  readonly #chunkBytes: number;
  readonly #chunksMax: number;
  // In order, without gaps.
  readonly #chunks: Chunk[] = [];
  // Memory of chunks that were read, for others.
  readonly #free: Uint8Array[] = [];
  // Chunks that were dropped while they were read.
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;

  /** @param source disposed of with this */
  constructor(source: ByteSource, options: ParallelReaderOptions = {}) {
    this.#source = source;
    this.#chunkBytes = options.chunkBytes ?? AHEAD_CHUNK_BYTES;
    this.#chunksMax = options.chunks ?? AHEAD_CHUNKS;
  }

  get name(): string {
    return this.#source.name;
  }

  get size(): number {
    return this.#source.size;
  }

  /** Reads what has been read ahead. */
  tryRead(into: Uint8Array, offset: number): boolean {
    this.#assertOpen();
    if (!this.#isWithin(into, offset)) return this.#source.tryRead(into, offset);
    this.#advance(offset);
    const end = offset + into.length;
    const chunks = this.#chunks.filter((chunk) => chunk.offset < end);
    const last = chunks.at(-1)!;
    if (endOf(last) < end || chunks.some(({ state }) => state !== "read")) return false;
    for (const chunk of chunks) copy(chunk, into, offset);
    return true;
  }

  async read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#assertOpen();
    if (!this.#isWithin(into, offset)) return await this.#source.read(into, offset, signal);
    const end = offset + into.length;
    for (let at = offset; at < end;) {
      const chunk = this.#advance(at);
      await settled(chunk.finished, signal);
      this.#assertOpen();
      if (chunk.state === "failed") {
        this.#dropAll();
        throw chunk.error;
      }
      copy(chunk, into, offset);
      at = endOf(chunk);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#dropAll();
    await Promise.all(this.#ending);
    await this.#source[Symbol.asyncDispose]();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new TextError(`Cannot read file: ${this.name} (it is closed).`);
  }

  // For everything else, the source has the right answer.
  #isWithin(into: Uint8Array, offset: number): boolean {
    return into.length > 0 && offset >= 0 && offset + into.length <= this.size;
  }

  // Moves on to the chunk that has an offset, and reads ahead from there.
  #advance(offset: number): Chunk {
    const [first] = this.#chunks;
    const end = first === undefined ? 0 : endOf(this.#chunks.at(-1)!);
    if (first === undefined || offset < first.offset || offset >= end) this.#dropAll();
    while (this.#chunks.length > 0 && endOf(this.#chunks[0]!) <= offset) {
      this.#drop(this.#chunks.shift()!);
    }
    const begin = Math.floor(offset / this.#chunkBytes) * this.#chunkBytes;
    while (this.#chunks.length < this.#chunksMax) {
      const last = this.#chunks.at(-1);
      const next = last === undefined ? begin : endOf(last);
      if (next >= this.size) break;
      this.#chunks.push(this.#start(next));
    }
    return this.#chunks[0]!;
  }

  #start(offset: number): Chunk {
    const memory = this.#free.pop() ?? new Uint8Array(this.#chunkBytes);
    const bytes = memory.subarray(0, Math.min(this.#chunkBytes, this.size - offset));
    const abort = new AbortController();
    const read = this.#source.read(bytes, offset, abort.signal);
    const finished = read.then(() => {
      chunk.state = "read";
    }, (error) => {
      chunk.state = "failed";
      chunk.error = error;
    });
    const chunk: Chunk = { offset, bytes, abort, finished, state: "reading", error: undefined };
    return chunk;
  }

  #drop({ bytes, abort, finished, state }: Chunk): void {
    // The last chunk may be shorter than its memory, but nothing comes after it.
    if (state === "read" && bytes.length === this.#chunkBytes) this.#free.push(bytes);
    if (state !== "reading") return;
    abort.abort();
    const ended = finished.finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #dropAll(): void {
    for (const chunk of this.#chunks.splice(0)) this.#drop(chunk);
  }
}

function endOf({ offset, bytes }: Chunk): number {
  return offset + bytes.length;
}

// Copies what a chunk has of the range that `into` is for.
function copy(chunk: Chunk, into: Uint8Array, offset: number): void {
  const from = Math.max(offset, chunk.offset);
  const to = Math.min(offset + into.length, endOf(chunk));
  into.set(chunk.bytes.subarray(from - chunk.offset, to - chunk.offset), from - offset);
}

// Waits for a promise that never rejects; rejects with the reason of the signal if that is aborted before.
async function settled(finished: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await finished;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    await Promise.race([finished, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
