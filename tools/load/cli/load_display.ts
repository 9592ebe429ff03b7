import type { ProgressOutput } from "../../../src/cli/terminal/progress.ts";
import type { StepReport } from "../load_report.ts";
import type { LoadStep } from "../measure/load_step.ts";
import type { LoadObserver } from "../measure/run_load.ts";
import { formatCount, type LoadTable } from "./load_table.ts";

const REDRAW_EVERY_MS = 100;
const CLEAR_LINE = "\r\x1b[K";
const BAR_WIDTH = 24;

/** The output of the program. */
export interface ProgramOutput {
  /** Prints a line of the result. */
  readonly print: (line: string) => void;
  /** Prints any other line. */
  readonly warn: (line: string) => void;
  /** Returns the width of the terminal that shows the lines; `undefined` if it is no terminal. */
  readonly columns?: (of: "print" | "warn") => number | undefined;
}

/**
 * Shows a run in progress: prints a row for each step that has ended, and draws one line for the
 * current step on a terminal.
 */
export class LoadDisplay implements LoadObserver, Disposable {
  readonly #table: LoadTable;
  readonly #stepCount: number;
  readonly #output: ProgramOutput;
  readonly #progress: ProgressOutput;
  #redrawing: ReturnType<typeof setInterval> | undefined;
  #firstOfStep: StepReport | undefined;
  #stepNumber = 0;
  #hasWarned = false;

  /**
   * Prints the table's header.
   *
   * @param progress where progress is drawn if it is a terminal
   */
  constructor(
    table: LoadTable,
    stepCount: number,
    output: ProgramOutput,
    progress: ProgressOutput,
  ) {
    this.#table = table;
    this.#stepCount = stepCount;
    this.#output = output;
    this.#progress = progress;
    if (table.omitted.length > 0) {
      output.warn(
        `The terminal is too narrow for all columns. --json and --report have: ${
          table.omitted.join(", ")
        }`,
      );
    }
    output.print(table.header());
  }

  onStepStart(step: LoadStep, stepNumber: number): void {
    if (!this.#progress.isTerminal()) return;
    const label = step.target.label;
    const draw = () => {
      const { share, replyCount, clientCount } = step;
      this.#draw(
        stepLine({ stepNumber, stepCount: this.#stepCount, label, share, replyCount, clientCount }),
      );
    };
    this.#redrawing = setInterval(draw, REDRAW_EVERY_MS);
  }

  onStepEnd(step: LoadStep, report: StepReport, stepNumber: number): void {
    this.#clear();
    if (stepNumber !== this.#stepNumber) this.#firstOfStep = report;
    this.#stepNumber = stepNumber;
    const { label } = step.target;
    const first = this.#firstOfStep ?? report;
    this.#output.print(this.#table.row({ stepNumber, label, step: report, first }));
    if (report.isSaturated) this.#warnOfSaturation(report);
  }

  /** Removes the progress line. */
  [Symbol.dispose](): void {
    this.#clear();
  }

  #warnOfSaturation({ ownCpuShare }: StepReport): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const percent = Math.round(ownCpuShare * 100);
    this.#output.warn(
      `The load tester used ${percent}% of a processor. Rows marked * may show its limit, not the ` +
        "server's. Use fewer clients, or --rate.",
    );
  }

  #clear(): void {
    if (this.#redrawing === undefined) return;
    clearInterval(this.#redrawing);
    this.#redrawing = undefined;
    this.#draw("");
  }

  #draw(text: string): void {
    // A longer line would wrap, and could not be removed.
    const fitting = text.slice(0, (this.#output.columns?.("warn") ?? Infinity) - 1);
    this.#progress.writeSync(new TextEncoder().encode(CLEAR_LINE + fitting));
  }
}

/** The progress of a step. */
export interface StepProgress {
  /** 1 or more. */
  readonly stepNumber: number;
  readonly stepCount: number;
  readonly label: string;
  readonly clientCount: number;
  /** 0 to 1. */
  readonly share: number;
  readonly replyCount: number;
}

/** Formats the progress of a step. */
export function stepLine(step: StepProgress): string {
  const full = Math.round(step.share * BAR_WIDTH);
  const bar = "#".repeat(full) + "-".repeat(BAR_WIDTH - full);
  return `step ${step.stepNumber}/${step.stepCount} ${step.label}: ${step.clientCount} clients ` +
    `[${bar}] ${formatCount(step.replyCount)} replies`;
}
