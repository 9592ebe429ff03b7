import { ScanRing } from "./scan_ring.ts";
import type { ScanTask } from "./scan_worker.ts";
import { scanSegment, SEGMENT_BYTES, segmentCount } from "./segment_scanner.ts";
import type { TextFile } from "../../source/local/text_file.ts";

/** The newlines of one segment of a text. */
export interface SegmentNewlines {
  /** Where the segment begins in the text. */
  readonly offset: number;
  /** Where the segment ends in the text: the next begins there. */
  readonly end: number;
  /** Where the newlines stand in the segment, in rising order; valid until the next is asked for. */
  readonly newlines: Uint32Array;
}

/** How a text is searched. */
export interface ScanOptions {
  /**
   * How many threads search, this one included: 1 or more.
   *
   * @default {one for each processor, at most {@linkcode THREADS_MAX}; 1 for a small text}
   */
  readonly threads?: number;
}

/** More threads than this do not read faster: the memory is busy. */
export const THREADS_MAX = 4;

// A thread takes about 35 ms to begin, in which this one stands still: a smaller text is done sooner
// without.
const HELPED_FROM_BYTES = 768 * 1024 * 1024;
// How long this thread stands still or works without looking at timers and signals.
const STANDSTILL_MS = 20;

/**
 * Finds the newlines of a text from its beginning to its end, segment by segment. Other threads help
 * where the text is large.
 *
 * @example
 * ```ts
 * import { NewlineScanner } from "./newline_scanner.ts";
 * import { TextFile } from "../../source/local/text_file.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "one\ntwo\n");
 * using text = TextFile.open(path);
 * using scanner = new NewlineScanner(text);
 * for await (const { newlines } of scanner.segments()) console.log(newlines); // 3, 7
 * ```
 */
export class NewlineScanner {
  readonly #text: TextFile;
  readonly #ring: ScanRing;
  readonly #helpers: Worker[];
  #starting: number;
  #failure: Error | undefined;

  /**
   * Starts the threads that help; they begin at once, and go a few segments ahead.
   *
   * @param text the caller closes it, after the scanner
   */
  constructor(text: TextFile, options: ScanOptions = {}) {
    this.#text = text;
    this.#ring = ScanRing.create(text.bytes);
    this.#starting = (options.threads ?? defaultThreads(text.bytes)) - 1;
    this.#helpers = Array.from({ length: this.#starting }, () => this.#startHelper());
  }

  /**
   * The segments in their order; to be asked for once. Signals and timers are looked at in between.
   *
   * @throws {TextError} where the text cannot be read, or is shorter than when it was opened
   */
  async *segments(): AsyncGenerator<SegmentNewlines, void> {
    const { bytes } = this.#text;
    let pausedMs = performance.now();
    for (let segment = 0; segment < segmentCount(bytes); segment++) {
      // A helper that is starting needs this thread's pauses to get there.
      if (this.#starting > 0 || performance.now() - pausedMs > STANDSTILL_MS) {
        await this.#pause();
        pausedMs = performance.now();
      }
      const offset = segment * SEGMENT_BYTES;
      const end = Math.min(offset + SEGMENT_BYTES, bytes);
      yield { offset, end, newlines: await this.#newlinesOf(segment) };
      this.#ring.take();
    }
  }

  /** Ends the search at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.#ring.stop();
    for (const helper of this.#helpers) helper.terminate();
  }

  // Until the segment is there, this thread searches others that nobody has claimed.
  async #newlinesOf(segment: number): Promise<Uint32Array> {
    for (;;) {
      const found = this.#ring.newlines(segment);
      // Another scan of this thread may use the same memory before the newlines are looked at.
      if (found === "failed") return scanSegment(this.#text, segment).slice();
      if (found !== undefined) return found;
      const claim = this.#ring.claim();
      if (typeof claim === "number") {
        this.#ring.publish(claim, scanSegment(this.#text, claim));
      } else {
        this.#ring.waitFor(segment, STANDSTILL_MS);
        await this.#pause();
      }
    }
  }

  // Lets what has happened meanwhile be dealt with.
  async #pause(): Promise<void> {
    await this.#text.identityNow();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #startHelper(): Worker {
    const helper = new Worker(import.meta.resolve("./scan_worker.ts"), { type: "module" });
    helper.onmessage = () => this.#starting--;
    helper.onerror = (event) => {
      event.preventDefault();
      this.#failure = new Error(`Cannot search the text with several threads: ${event.message}`);
    };
    const { path, bytes, identity } = this.#text;
    const task: ScanTask = {
      textPath: path,
      textBytes: bytes,
      inode: identity.inode,
      ring: this.#ring.buffer,
    };
    helper.postMessage(task);
    return helper;
  }
}

function defaultThreads(textBytes: number): number {
  return textBytes < HELPED_FROM_BYTES ? 1 : Math.min(navigator.hardwareConcurrency, THREADS_MAX);
}
