import { LocalText } from "../../source/local/local_text.ts";
import type { ByteSource } from "../../source/text_source.ts";
import { nextTask, YIELD_AFTER_MS } from "./next_task.ts";
import type { SegmentNewlines, TextScanner } from "./text_scanner.ts";
import { ScanRing } from "./scan_ring.ts";
import type { ScanMessage, ScanTask } from "./scan_worker.ts";
import {
  scanSegment,
  SEGMENT_BYTES,
  segmentBytes,
  segmentCount,
  tryScanSegment,
} from "./segment_scanner.ts";

/** Starts threads that scan segments of a text into the ring. The scanner terminates them. */
export type StartHelpers = (ring: ScanRing, text: ByteSource) => readonly Worker[];

/** Threads that scan together. More do not read faster: memory is the limit. */
export const THREADS_MAX = 4;

// A thread takes about 35 ms to start, during which this one is blocked. A smaller text is scanned sooner
// by one thread.
const HELPED_FROM_BYTES = 768 * 1024 * 1024;

/**
 * Finds the newlines of a text from its beginning to its end, segment by segment.
 *
 * Other threads help if the text is a large local file. The scanner itself never blocks its thread for
 * longer than a segment or {@linkcode YIELD_AFTER_MS}, except as long as the text's `tryRead` does.
 */
export class NewlineScanner implements TextScanner {
  readonly #text: ByteSource;
  readonly #ring: ScanRing;
  readonly #helpers: readonly Worker[];
  #starting: number;
  #failure: Error | undefined;

  /**
   * Starts the helpers, which begin at once and go up to `RING_SLOTS` segments ahead.
   *
   * @param text the caller closes it, after the scanner
   */
  constructor(text: ByteSource, startHelpers: StartHelpers = startWorkers) {
    this.#text = text;
    this.#ring = new ScanRing(text.size);
    this.#helpers = startHelpers(this.#ring, text);
    this.#starting = this.#helpers.length;
    for (const helper of this.#helpers) this.#watch(helper);
  }

  get textBytes(): number {
    return this.#text.size;
  }

  get allBytes(): number {
    return this.#text.size;
  }

  async *segments(): AsyncGenerator<SegmentNewlines, void> {
    const { size } = this.#text;
    let yieldedMs = performance.now();
    for (let segment = 0; segment < segmentCount(size); segment++) {
      // A helper that is starting needs this thread to handle its messages.
      if (this.#starting > 0 || performance.now() - yieldedMs > YIELD_AFTER_MS) {
        await this.#yield();
        yieldedMs = performance.now();
      }
      const offset = segment * SEGMENT_BYTES;
      const doneBytes = offset + segmentBytes(size, segment);
      yield { offset, newlines: await this.#newlinesOf(segment), doneBytes };
      this.#ring.take();
    }
  }

  [Symbol.dispose](): void {
    this.#ring.stop();
    for (const helper of this.#helpers) helper.terminate();
  }

  // Until the segment is there, this thread scans others that nobody has claimed.
  async #newlinesOf(segment: number): Promise<Uint32Array> {
    for (;;) {
      const found = this.#ring.newlines(segment);
      if (found === "failed") {
        // Copied: another scan in this thread may overwrite them before they are used.
        const newlines = tryScanSegment(this.#text, segment)?.slice();
        return newlines ?? await scanSegment(this.#text, segment);
      }
      if (found !== undefined) return found;
      const claim = this.#ring.claim();
      if (typeof claim === "number") {
        // Published before another scan can run in this thread: no `await` unless it is needed.
        const newlines = tryScanSegment(this.#text, claim);
        this.#ring.publish(claim, newlines ?? await scanSegment(this.#text, claim));
      } else {
        this.#ring.waitFor(segment, YIELD_AFTER_MS);
        await this.#yield();
      }
    }
  }

  async #yield(): Promise<void> {
    await nextTask();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #watch(helper: Worker): void {
    helper.onmessage = ({ data }: MessageEvent<ScanMessage>) => {
      if (data === "started") this.#starting--;
    };
    helper.onerror = (event) => {
      event.preventDefault();
      this.#failure = new Error(`Scan thread failed: ${this.#text.name} (${event.message}).`);
    };
  }
}

/** How many threads help to scan a local file of that size. */
export function helperCount(textBytes: number): number {
  if (textBytes < HELPED_FROM_BYTES) return 0;
  return Math.min(navigator.hardwareConcurrency, THREADS_MAX) - 1;
}

// Other threads can open a local file; what else there may be is scanned by one thread.
function startWorkers(ring: ScanRing, text: ByteSource): Worker[] {
  if (!(text instanceof LocalText)) return [];
  const identity = { ...text.identity, size: text.size };
  const task: ScanTask = { path: text.name, identity, ring: ring.buffer };
  return Array.from({ length: helperCount(text.size) }, () => {
    const worker = new Worker(import.meta.resolve("./scan_worker.ts"), { type: "module" });
    worker.postMessage(task);
    return worker;
  });
}
