import { formatCount } from "../source/messages.ts";
import { HttpProblem } from "./problem.ts";

/** What a path such as `/lines/5` or `/lines/100-200` asks for: line numbers, which all exist. */
export type Selection =
  | { readonly kind: "line"; readonly lineNumber: number }
  /** `from` is at most `to`. */
  | { readonly kind: "range"; readonly from: number; readonly to: number };

const SELECTOR = /^(-?\d+)(?:(-)(-?\d+)?)?$/;
const NEGATIVE_ZERO = /^-0+$/;

/**
 * Parses what follows `/lines/`, and clips it to the lines that exist.
 *
 * - `N`: line N.
 * - `A-B`: lines A to B. A negative number counts from the end: -1 is the last line.
 * - `A-`: lines A to the last one. So `-50-` are the last 50 lines.
 *
 * `-50` alone is refused: it could mean one line or 50 lines.
 *
 * @param count how many lines there are
 * @throws {HttpProblem} 400 if it is none of these, 404 if no line is in it
 */
export function parseSelector(text: string, count: number): Selection {
  const [, first, dash, second] = SELECTOR.exec(text) ?? [];
  if (first === undefined || [first, second].some((word) => NEGATIVE_ZERO.test(word ?? ""))) {
    throw new HttpProblem(
      400,
      "The path must be /lines/N, /lines/A-B or /lines/A-, with integers.",
    );
  }
  if (dash === undefined) return lineOf(first, count);
  const from = Math.max(1, fromStart(Number(first), count));
  const to = Math.min(count, fromStart(second === undefined ? -1 : Number(second), count));
  if (from <= to) return { kind: "range", from, to };
  throw new HttpProblem(404, `No line is in the range (the file has ${describeCount(count)}).`);
}

/** The problem of a line that does not exist. */
export function noSuchLine(lineNumber: number | string, count: number): HttpProblem {
  return new HttpProblem(
    404,
    `There is no line ${lineNumber} (the file has ${describeCount(count)}).`,
  );
}

function lineOf(word: string, count: number): Selection {
  if (word.startsWith("-")) {
    const last = word.slice(1);
    throw new HttpProblem(
      400,
      `The path names neither one line nor a range. For the last ${last} lines, use /lines/-${last}-.`,
    );
  }
  const lineNumber = Number(word);
  if (lineNumber >= 1 && lineNumber <= count) return { kind: "line", lineNumber };
  throw noSuchLine(word, count);
}

function fromStart(number: number, count: number): number {
  return number < 0 ? count + 1 + number : number;
}

function describeCount(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "line" : "lines"}`;
}
