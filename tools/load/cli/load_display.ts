import type { StepReport } from "../load_report.ts";
import type { LoadStep } from "../load_step.ts";
import type { LoadObserver } from "../run_load.ts";
import { formatCount, type LoadTable } from "./load_table.ts";
import type { ProgressOutput } from "../../../src/cli/progress.ts";

const REDRAW_EVERY_MS = 100;
const CLEAR_LINE = "\r\x1b[K";
const BAR_WIDTH = 24;

/** Where a run is shown. */
export interface LoadDisplayOutput {
  /** Prints a line of the result. */
  readonly print: (line: string) => void;
  /** Prints a line beside the result. */
  readonly warn: (line: string) => void;
  /** Where the progress of the running step is drawn, if that is a terminal. */
  readonly progress: ProgressOutput;
}

/**
 * Shows a run while it goes on: a row for every step that has ended, and on a terminal one line more
 * for the one that runs. Where it is no terminal nothing is written but whole lines.
 */
export class LoadDisplay implements LoadObserver, Disposable {
  readonly #table: LoadTable;
  readonly #stepCount: number;
  readonly #output: LoadDisplayOutput;
  #redrawing: ReturnType<typeof setInterval> | undefined;
  #firstOfStep: StepReport | undefined;
  #stepNumber = 0;
  #hasWarned = false;

  /**
   * Prints the table's header.
   *
   * @param stepCount how many steps the run has
   */
  constructor(table: LoadTable, stepCount: number, output: LoadDisplayOutput) {
    this.#table = table;
    this.#stepCount = stepCount;
    this.#output = output;
    output.print(table.header());
  }

  /** Begins to draw a step's progress. */
  onStepBegin(step: LoadStep, stepNumber: number): void {
    if (!this.#output.progress.isTerminal()) return;
    const label = step.target.label;
    const draw = () => {
      const { share, replyCount, clientCount } = step;
      this.#draw(
        stepLine({ stepNumber, stepCount: this.#stepCount, label, share, replyCount, clientCount }),
      );
    };
    this.#redrawing = setInterval(draw, REDRAW_EVERY_MS);
  }

  /** Prints a step's row. */
  onStepEnd(step: LoadStep, report: StepReport, stepNumber: number): void {
    this.#clear();
    if (stepNumber !== this.#stepNumber) this.#firstOfStep = report;
    this.#stepNumber = stepNumber;
    const { label } = step.target;
    const first = this.#firstOfStep ?? report;
    this.#output.print(this.#table.row({ stepNumber, label, step: report, first }));
    if (report.isSaturated) this.#warnOfSaturation(report);
  }

  /** Removes what was drawn. */
  [Symbol.dispose](): void {
    this.#clear();
  }

  #warnOfSaturation({ ownCpuShare }: StepReport): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#output.warn(
      `The load tester itself used ${
        Math.round(ownCpuShare * 100)
      }% of a processor: rows marked * ` +
        "may show its limit, not the server's: take fewer clients, or a --rate",
    );
  }

  #clear(): void {
    if (this.#redrawing === undefined) return;
    clearInterval(this.#redrawing);
    this.#redrawing = undefined;
    this.#draw("");
  }

  #draw(text: string): void {
    this.#output.progress.writeSync(new TextEncoder().encode(CLEAR_LINE + text));
  }
}

/** What is known of a step that runs. */
export interface RunningStep {
  /** Which step, 1 or more. */
  readonly stepNumber: number;
  /** How many there are. */
  readonly stepCount: number;
  /** What the server is called. */
  readonly label: string;
  /** How many clients ask. */
  readonly clientCount: number;
  /** How much is done, 0 to 1. */
  readonly share: number;
  /** How many replies have come. */
  readonly replyCount: number;
}

/** One line about a step that runs; short enough for a terminal of 80 columns, unless the label is not. */
export function stepLine(step: RunningStep): string {
  const full = Math.round(step.share * BAR_WIDTH);
  const bar = "#".repeat(full) + "-".repeat(BAR_WIDTH - full);
  return `step ${step.stepNumber}/${step.stepCount} ${step.label}: ${step.clientCount} clients ` +
    `[${bar}] ${formatCount(step.replyCount)} replies`;
}
