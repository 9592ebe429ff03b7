import type { CheckedIndex } from "../index/freshness.ts";
import type { IndexHeader } from "../index/format/header.ts";
import { TRUST_MS } from "../source/local/local_text.ts";
import { divideAmongFiles, type MemoryBudget } from "../pages/memory_budget.ts";
import { BATCH_MAX_LINES } from "../pages/line_batch.ts";
import {
  failedSource,
  FETCH_AHEAD_LINES,
  fetchSome,
  type LineSource,
  type WantedLine,
} from "./line_fetcher.ts";
import { fileIndexOf, type LineFile, numberedOn } from "./line_files.ts";
import type { LineSink, RangeSink } from "./lines.ts";
import { batch, type Stop } from "./line_store.ts";
import {
  type Checked,
  type OpenLines,
  openLines,
  type OpenLinesOptions,
  OpenLineStore,
  type PageStatistics,
} from "./open_lines.ts";
import { type Lease, StorePool } from "./store_pool.ts";

// A check takes 3 to 5 µs. If each of 100 open files were checked every 10 ms, as one file is, that would take a twentieth of the
// time of a thread. So each open file adds this much to the time between the checks of one file: 2,000 checks a second in all.
const CHECK_STEP_PER_FILE_MS = 0.5;

/** With many open files, a file is checked this often while its lines are read. */
export const CHECK_STEP_MAX_MS = 100;

/** How many files are open at a time, unless a smaller number is given. */
export const OPEN_FILES_MAX = 1_024;

/** One of several files. */
export interface SeveralFile {
  readonly textPath: string;
  readonly indexPath: string;
  /** For people: short, and different for each path. */
  readonly name: string;
  readonly checked: CheckedIndex;
  /** @default {a part of `cacheBytes`} */
  readonly budget?: MemoryBudget | undefined;
}

/** What is opened, and how. */
export interface SeveralLinesOptions
  extends Pick<OpenLinesOptions, "cacheBytes" | "mayBlock" | "onError"> {
  /** In the order in which their lines are numbered. The same file may be there twice. */
  readonly files: readonly SeveralFile[];
  /** @default {OPEN_FILES_MAX} */
  readonly openMax?: number | undefined;
  /** @default {openLines} */
  readonly open?: (options: OpenLinesOptions) => Promise<OpenLineStore>;
  /** @default {performance.now} */
  readonly nowMs?: () => number;
}

/**
 * The lines of several files, numbered consecutively.
 *
 * - A file is opened when one of its lines is requested: see {@linkcode StorePool}.
 * - The lines of a file that cannot be opened, or has changed, are errors; those of the others are not.
 * - Lines of files that are open are handed over without a promise, as `LineStore` does.
 */
export class SeveralLines implements OpenLines {
  readonly count: number;
  readonly files: readonly LineFile[];
  readonly headers: readonly IndexHeader[];
  readonly #pool: StorePool;
  // Of each file, and what follows the last line.
  readonly #firstLines: Float64Array;
  // Of each file: when it was last found unchanged.
  readonly #checkedAsOf: Float64Array;
  // Of each line of the batch; valid until the next await.
  readonly #stores: Source[] = Array(BATCH_MAX_LINES);
  // What was found in files that are closed now.
  #closedHits = 0;
  #closedMisses = 0;

  constructor(options: SeveralLinesOptions) {
    const { files, openMax = OPEN_FILES_MAX, nowMs, onError = () => {} } = options;
    this.headers = files.map(({ checked }) => checked.header);
    this.files = numberedOn(files.map(({ name, checked: { header } }) => ({
      name,
      lines: header.lines,
      bytes: header.textBytes,
    })));
    this.count = this.files.reduce((sum, { lines }) => sum + lines, 0);
    this.#checkedAsOf = new Float64Array(files.length).fill(-1);
    this.#firstLines = Float64Array.from([
      ...this.files.map(({ firstLine }) => firstLine),
      this.count + 1,
    ]);
    const open = opener(options);
    this.#pool = new StorePool({
      files: files.length,
      openMax,
      open: (fileIndex) =>
        open(fileIndex).catch((error) => {
          onError(error);
          throw error;
        }),
      onClose: (store) => this.#addStatistics(store),
      ...(nowMs === undefined ? {} : { nowMs }),
    });
  }

  read(
    numbers: readonly number[],
    sink: LineSink,
    signal?: AbortSignal,
  ): Promise<void> | undefined {
    const stop = this.#readReady(numbers, 0, sink);
    return stop === undefined ? undefined : this.#readRest(numbers, stop, sink, signal);
  }

  async range(from: number, to: number, sink: RangeSink, signal?: AbortSignal): Promise<void> {
    const part = new PartSink(sink);
    for (let i = fileIndexOf(this.files, from); i < this.files.length && !part.hasFailed; i++) {
      const { firstLine, lines } = this.files[i]!;
      if (firstLine > to) return;
      if (lines === 0) continue;
      const { store, release } = await this.#pool.acquire(i);
      try {
        signal?.throwIfAborted();
        const offset = firstLine - 1;
        const last = Math.min(to - offset, lines);
        if (store instanceof Error) part.failed(store);
        else await store.range(Math.max(from - offset, 1), last, part, signal);
      } finally {
        release();
      }
    }
  }

  check(from = 1, to: number = this.count): Checked {
    let result: Checked = "unchanged";
    let failure: unknown;
    const last = fileIndexOf(this.files, to);
    for (let i = fileIndexOf(this.files, from); i <= last; i++) {
      try {
        const store = this.#pool.look(i);
        if (store instanceof Error) throw store;
        if (store === undefined) result = "not open";
        else store.check();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return result;
  }

  pageStatistics(): PageStatistics {
    let [hits, misses, waiting] = [this.#closedHits, this.#closedMisses, 0];
    for (const store of this.#pool.stores()) {
      const statistics = store.pageStatistics();
      hits += statistics.hits;
      misses += statistics.misses;
      waiting += statistics.waiting;
    }
    return { hits, misses, waiting };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }

  // Hands over lines until the end, or until something has to be awaited: also that a file is opened.
  #readReady(numbers: readonly number[], from: number, sink: LineSink): Stop | undefined {
    for (let start = from; start < numbers.length; start += BATCH_MAX_LINES) {
      const count = this.#locate(numbers, start);
      for (let i = 0; i < count; i++) {
        const lineNumber = numbers[start + i]!;
        const store = this.#stores[i];
        if (store === undefined) return { reason: "wait", at: start + i };
        if (store === "none") sink.missing(lineNumber);
        else if (store instanceof Error) sink.failed(lineNumber, store);
        else if (!store.handOver(i, lineNumber, sink)) return { reason: "wait", at: start + i };
        const flushed = sink.flush();
        if (flushed !== undefined) return { reason: "flush", at: start + i + 1, flushed };
      }
    }
    return undefined;
  }

  // Finds the files of a batch, and the places of its lines there: in all files before any line is handed over, as
  // `LineStore` does.
  #locate(numbers: readonly number[], from: number): number {
    const nowMs = this.#checkedAsOfMs();
    const count = Math.min(numbers.length - from, BATCH_MAX_LINES);
    const stores = this.#stores;
    for (let i = 0; i < count;) {
      const first = numbers[from + i]!;
      const fileIndex = this.#fileIndexOf(first);
      const store = this.#look(fileIndex, nowMs);
      const firstLine = this.#firstLines[fileIndex]!;
      const nextLine = this.#firstLines[fileIndex + 1]!;
      const start = i;
      do {
        stores[i] = store;
        batch.lines[i] = numbers[from + i]! - firstLine + 1;
        i++;
      } while (i < count && numbers[from + i]! >= firstLine && numbers[from + i]! < nextLine);
      if (store instanceof OpenLineStore) store.locate(start, i);
    }
    for (let i = 0; i < count; i++) {
      const store = stores[i];
      if (store instanceof OpenLineStore) store.prefetch(i, i + 1);
    }
    return count;
  }

  // The time in steps: a file is checked once in each step in which its lines are read.
  #checkedAsOfMs(): number {
    const stepMs = Math.min(this.#pool.openFiles * CHECK_STEP_PER_FILE_MS, CHECK_STEP_MAX_MS);
    const nowMs = performance.now();
    return stepMs <= TRUST_MS ? nowMs : nowMs - nowMs % stepMs;
  }

  // As `fileIndexOf`, but -1 if there is no such line, and faster.
  #fileIndexOf(lineNumber: number): number {
    if (!(lineNumber >= 1 && lineNumber <= this.count)) return NONE;
    const firstLines = this.#firstLines;
    let low = 0;
    let high = this.files.length - 1;
    // Files often have about as many lines as one another.
    const guess = Math.floor((lineNumber - 1) / this.count * this.files.length);
    if (firstLines[guess]! <= lineNumber) low = guess;
    else high = guess - 1;
    const near = firstLines[guess + 2];
    if (near !== undefined && lineNumber < near) high = Math.min(high, guess + 1);
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (firstLines[middle]! <= lineNumber) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #look(fileIndex: number, nowMs: number): Source {
    if (fileIndex === NONE) return "none";
    const store = this.#pool.peek(fileIndex);
    if (!(store instanceof OpenLineStore) || this.#checkedAsOf[fileIndex] === nowMs) return store;
    const change = store.findChange(nowMs);
    if (change !== undefined) return change;
    this.#checkedAsOf[fileIndex] = nowMs;
    return store;
  }

  async #readRest(
    numbers: readonly number[],
    first: Stop,
    sink: LineSink,
    signal?: AbortSignal,
  ): Promise<void> {
    for (let stop: Stop | undefined = first; stop !== undefined;) {
      let { at } = stop;
      if (stop.reason === "flush") await stop.flushed;
      else at += await this.#fetchSome(numbers.slice(at, at + FETCH_AHEAD_LINES), sink, signal);
      signal?.throwIfAborted();
      stop = this.#readReady(numbers, at, sink);
    }
  }

  // Returns how many were handed over: one at least.
  async #fetchSome(
    numbers: readonly number[],
    sink: LineSink,
    signal?: AbortSignal,
  ): Promise<number> {
    const leases = new Map<number, Lease>();
    try {
      const wanted = await this.#acquire(numbers, leases);
      signal?.throwIfAborted();
      return await fetchSome(wanted, sink, signal);
    } finally {
      for (const { release } of leases.values()) release();
    }
  }

  // The files of as many of the lines as can be open at a time.
  async #acquire(numbers: readonly number[], leases: Map<number, Lease>): Promise<WantedLine[]> {
    const exists = (lineNumber: number) => lineNumber >= 1 && lineNumber <= this.count;
    const fileIndexes = numbers.map((one) => exists(one) ? fileIndexOf(this.files, one) : NONE);
    const [first, ...others] = new Set(fileIndexes.filter((fileIndex) => fileIndex !== NONE));
    if (first !== undefined) leases.set(first, await this.#pool.acquire(first));
    await Promise.all(others.map(async (fileIndex) => {
      const lease = await this.#pool.tryAcquire(fileIndex);
      if (lease !== undefined) leases.set(fileIndex, lease);
    }));
    const wanted: WantedLine[] = [];
    for (const [i, fileIndex] of fileIndexes.entries()) {
      const lineNumber = numbers[i]!;
      if (fileIndex === NONE) {
        wanted.push({ lineNumber, lineInText: 0, source: NO_FILE });
        continue;
      }
      const lease = leases.get(fileIndex);
      if (lease === undefined) break;
      const { store } = lease;
      const source = store instanceof Error ? failedSource(store) : store.fetcher;
      const lineInText = lineNumber - this.files[fileIndex]!.firstLine + 1;
      wanted.push({ lineNumber, lineInText, source });
    }
    return wanted;
  }

  #addStatistics(store: OpenLineStore): void {
    const { hits, misses } = store.pageStatistics();
    this.#closedHits += hits;
    this.#closedMisses += misses;
  }
}

const NONE = -1;

/** What a line is read from: a file that is open or not, why it cannot be, or none because there is no such line. */
type Source = OpenLineStore | Error | "none" | undefined;

const MISSING = Promise.resolve({ kind: "missing" } as const);

/** Of lines that do not exist. */
const NO_FILE: LineSource = { locate: () => MISSING, fetch: () => MISSING, report() {} };

// Opens each file with its part of the memory, in the state in which it was seen last.
function opener(options: SeveralLinesOptions): (fileIndex: number) => Promise<OpenLineStore> {
  const { files, cacheBytes, mayBlock = false, onError, open = openLines } = options;
  const parts = divideAmongFiles(cacheBytes, files.map(({ checked }) => checked.header));
  const seen = files.map(({ checked }) => checked);
  return async (fileIndex) => {
    const { textPath, indexPath, name, budget } = files[fileIndex]!;
    const store = await open({
      textPath,
      indexPath,
      name,
      checked: seen[fileIndex],
      budget,
      cacheBytes: parts[fileIndex]!,
      mayBlock,
      ...(onError === undefined ? {} : { onError }),
    });
    seen[fileIndex] = { ...seen[fileIndex]!, text: store.identity };
    return store;
  };
}

/** Passes on the lines of one file after the other. */
class PartSink implements RangeSink {
  readonly #sink: RangeSink;
  #hasLines = false;
  /** Whether the sink was told that nothing can be read. */
  hasFailed = false;

  constructor(sink: RangeSink) {
    this.#sink = sink;
  }

  lines(bytes: Uint8Array, hasCr: boolean): Promise<void> | undefined {
    this.#hasLines = true;
    return this.#sink.lines(bytes, hasCr);
  }

  longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    this.#hasLines = true;
    return this.#sink.longLine(byteLength, content);
  }

  failed(error: Error): void {
    if (this.#hasLines) throw error;
    this.hasFailed = true;
    this.#sink.failed(error);
  }
}
