import { formatDuration } from "./duration.ts";

// What is done before that needs no bar, and the time left would be a wild guess.
const FIRST_DRAWN_MS = 300;
const REDRAW_EVERY_MS = 100;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\x1b[K";

/** Where progress is shown: a terminal, or nothing where it is not one. */
export interface ProgressOutput {
  /** Whether people watch it live. */
  isTerminal(): boolean;
  /** Writes all of the bytes. */
  writeSync(bytes: Uint8Array): number;
}

/** Shows on a terminal how far a long piece of work is; shows nothing elsewhere. */
export class Progress {
  readonly #what: string;
  readonly #output: ProgressOutput;
  readonly #isShown: boolean;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #drawnMs: number | undefined;

  /**
   * Begins to count the time; nothing is drawn yet.
   *
   * @param what what is being done, such as "indexing"
   * @param output standard error, as a rule
   * @param nowMs the clock
   */
  constructor(
    what: string,
    output: ProgressOutput = Deno.stderr,
    nowMs = () => performance.now(),
  ) {
    this.#what = what;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
    this.#output = output;
    this.#isShown = output.isTerminal();
  }

  /** How long the work has taken. */
  get elapsedMs(): number {
    return this.#nowMs() - this.#startMs;
  }

  /** Draws, where the work has taken a while and the last time was long enough ago. */
  update(doneBytes: number, allBytes: number): void {
    if (!this.#isShown) return;
    const nowMs = this.#nowMs();
    const dueMs = this.#drawnMs === undefined
      ? this.#startMs + FIRST_DRAWN_MS
      : this.#drawnMs + REDRAW_EVERY_MS;
    if (nowMs < dueMs) return;
    this.#drawnMs = nowMs;
    this.#write(CLEAR_LINE + progressLine(this.#what, doneBytes, allBytes, this.elapsedMs));
  }

  /** Removes what was drawn. */
  clear(): void {
    if (this.#drawnMs !== undefined) this.#write(CLEAR_LINE);
  }

  #write(text: string): void {
    this.#output.writeSync(new TextEncoder().encode(text));
  }
}

/**
 * One line of progress: a bar, the share done, the speed, and the time left.
 *
 * @example
 * ```ts
 * import { progressLine } from "./progress.ts";
 *
 * console.log(progressLine("indexing", 5e9, 10e9, 2_500));
 * // indexing [############------------]  50%  2.00 GB/s  2.5 s left
 * ```
 */
export function progressLine(
  what: string,
  doneBytes: number,
  allBytes: number,
  elapsedMs: number,
): string {
  const share = allBytes === 0 ? 1 : doneBytes / allBytes;
  const full = Math.round(share * BAR_WIDTH);
  const bar = "#".repeat(full) + "-".repeat(BAR_WIDTH - full);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const gigabytesPerSecond = (doneBytes / 1e6 / Math.max(elapsedMs, 1)).toFixed(2);
  const left = share === 0 ? "" : `  ${formatDuration(elapsedMs / share - elapsedMs)} left`;
  return `${what} [${bar}] ${percent}%  ${gigabytesPerSecond} GB/s${left}`;
}
