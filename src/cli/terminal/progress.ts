import { stderrLog } from "./stderr_log.ts";
import { formatDuration, formatSize } from "../units.ts";

// Work that ends sooner needs no bar, and the time left could only be guessed.
const FIRST_DRAWN_MS = 300;
const REDRAW_EVERY_MS = 100;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\x1b[K";

/** Where progress is shown. */
export interface ProgressOutput {
  isTerminal(): boolean;
  writeSync(bytes: Uint8Array): number;
}

/** Standard error, by way of its log: a terminal that is paused blocks nothing. */
const STDERR: ProgressOutput = {
  isTerminal: () => Deno.stderr.isTerminal(),
  writeSync(bytes) {
    stderrLog.draw(new TextDecoder().decode(bytes));
    return bytes.length;
  },
};

const COLUMNS_DEFAULT = 80;

// The width of the terminal now: a user may change it.
function terminalColumns(): number {
  try {
    // A terminal that does not know its width reports 0.
    return Deno.consoleSize().columns || COLUMNS_DEFAULT;
  } catch {
    return COLUMNS_DEFAULT;
  }
}

/** Shows the progress of long work on a terminal; if the output is not a terminal, nothing. */
export class Progress {
  readonly #what: string;
  readonly #output: ProgressOutput;
  #isShown: boolean;
  readonly #nowMs: () => number;
  readonly #columns: () => number;
  readonly #startMs: number;
  #drawnMs: number | undefined;

  /**
   * @param what the work, such as "indexing"
   * @param nowMs the clock
   * @param columns the width of the terminal
   */
  constructor(
    what: string,
    output: ProgressOutput = STDERR,
    nowMs = () => performance.now(),
    columns = terminalColumns,
  ) {
    this.#what = what;
    this.#columns = columns;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
    this.#output = output;
    this.#isShown = output.isTerminal();
  }

  /** How long the work has taken so far. */
  get elapsedMs(): number {
    return this.#nowMs() - this.#startMs;
  }

  /** Draws the bar, unless the work has just begun or the bar was drawn just before. */
  update(doneBytes: number, allBytes: number): void {
    if (!this.#isShown) return;
    const nowMs = this.#nowMs();
    const dueMs = this.#drawnMs === undefined
      ? this.#startMs + FIRST_DRAWN_MS
      : this.#drawnMs + REDRAW_EVERY_MS;
    if (nowMs < dueMs) return;
    this.#drawnMs = nowMs;
    const line = progressLine(this.#what, doneBytes, allBytes, this.elapsedMs, this.#columns());
    this.#write(CLEAR_LINE + line);
  }

  /** Removes the bar, for good. */
  clear(): void {
    this.#isShown = false;
    if (this.#drawnMs !== undefined) this.#write(CLEAR_LINE);
  }

  #write(text: string): void {
    this.#output.writeSync(new TextEncoder().encode(text));
  }
}

/**
 * One line of progress: a bar, the share done, the speed, and the time left. If the terminal is too narrow, parts
 * are left out: a line that wraps cannot be erased.
 *
 * @param columns the width of the terminal
 */
export function progressLine(
  what: string,
  doneBytes: number,
  allBytes: number,
  elapsedMs: number,
  columns: number,
): string {
  const share = allBytes === 0 ? 1 : doneBytes / allBytes;
  const full = Math.round(share * BAR_WIDTH);
  const bar = `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const bytesPerSecond = Math.round(doneBytes / Math.max(elapsedMs, 1) * 1_000);
  const speed = `  ${formatSize(bytesPerSecond)}/s`;
  const left = share === 0 ? "" : `  ${formatDuration(elapsedMs / share - elapsedMs)} left`;
  const lines = [
    `${what} ${bar} ${percent}${speed}${left}`,
    `${what} ${bar} ${percent}${left}`,
    `${what} ${percent}${left}`,
    `${what} ${percent}`,
    percent,
  ];
  // A full last column makes some terminals wrap.
  return lines.find((line) => line.length < columns) ?? "";
}
