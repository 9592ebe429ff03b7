import type { Block, CodecName } from "./codec.ts";
import { buffersOf, JobThreads, type Thread } from "./job_threads.ts";

/** A block to be unpacked, as `Codec.unpack` takes it. */
export interface StoredBlock {
  readonly stored: Uint8Array;
  readonly block: Block;
  readonly window?: Uint8Array | undefined;
}

/** What an unpack thread is asked to do. */
export interface UnpackJob {
  readonly codec: CodecName;
  readonly blocks: readonly StoredBlock[];
}

/** How the threads are set up. */
export interface UnpackThreadsOptions {
  /** @default {one for each processor, up to `THREADS_MAX`} */
  readonly threadsMax?: number | undefined;
  /** @default {starts `unpack_worker.ts`} */
  readonly start?: () => Thread;
}

/**
 * Threads that unpack blocks: see {@linkcode JobThreads}. The first one is started by the first block.
 */
export class UnpackThreads implements AsyncDisposable {
  readonly #threads: JobThreads<UnpackJob, Uint8Array<ArrayBuffer>[]>;

  constructor({ threadsMax, start = startWorker }: UnpackThreadsOptions = {}) {
    this.#threads = new JobThreads({ start, purpose: "unpack", threadsMax });
  }

  /** How many threads there can be. */
  get threadsMax(): number {
    return this.#threads.threadsMax;
  }

  /**
   * Unpacks a block as `Codec.unpack` does, in another thread.
   *
   * @param stored its buffer, with all that is in it, is given away
   * @param window is copied
   * @throws {DamagedBlock} (as a rejection) as `Codec.unpack` does
   * @throws {Error} (as a rejection) if the thread died, or the threads are closed
   * @throws the signal's reason, if it was aborted
   */
  async unpack(
    codec: CodecName,
    stored: Uint8Array,
    block: Block,
    window?: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const [text] = await this.unpackAll(codec, [{ stored, block, window }], signal);
    return text!;
  }

  /** As {@linkcode unpack}, for several blocks in one message. They may share a buffer. */
  unpackAll(
    codec: CodecName,
    blocks: readonly StoredBlock[],
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>[]> {
    const buffers = buffersOf(blocks.map(({ stored }) => stored));
    return this.#threads.run({ codec, blocks }, buffers, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#threads[Symbol.asyncDispose]();
  }
}

let shared: UnpackThreads | undefined;
let users = 0;

/**
 * The unpack threads that all texts of this thread share. They end when the last user has disposed of its part.
 *
 * @param threadsMax how many there can be; the first user decides
 */
export function shareUnpackThreads(
  threadsMax?: number,
): AsyncDisposable & Pick<UnpackThreads, "unpack"> {
  const threads = shared ??= new UnpackThreads({ threadsMax });
  users++;
  let isReleased = false;
  return {
    unpack: (...args) => threads.unpack(...args),
    async [Symbol.asyncDispose]() {
      if (isReleased) return;
      isReleased = true;
      if (--users > 0) return;
      shared = undefined;
      await threads[Symbol.asyncDispose]();
    },
  };
}

function startWorker(): Worker {
  return new Worker(import.meta.resolve("./unpack_worker.ts"), { type: "module" });
}
