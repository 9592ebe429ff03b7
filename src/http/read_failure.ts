import type { Checked } from "../lines/open_lines.ts";
import type { LineSink } from "../lines/lines.ts";
import { HttpProblem } from "./problem.ts";

/** A line exists, but cannot be read. The cause's message is one line for people. */
export class ReadFailure extends Error {
  override readonly name = "ReadFailure";
  readonly lineNumber: number;

  constructor(lineNumber: number, cause: Error) {
    super(cause.message, { cause });
    this.lineNumber = lineNumber;
  }
}

/** Whether the files of lines are unchanged. Throws if one has changed; the message is one line. */
export type CheckFiles = (from?: number, to?: number) => Checked;

/** Receives lines that are known to exist. If one cannot be read, it throws. */
export abstract class ExistingLinesSink implements LineSink {
  abstract line(bytes: Uint8Array, start: number, end: number): void;
  abstract longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void>;
  abstract flush(): Promise<void> | undefined;

  missing(lineNumber: number): never {
    throw new RangeError(`Line ${lineNumber} was asked for, but was not found.`);
  }

  failed(lineNumber: number, error: Error): never {
    throw new ReadFailure(lineNumber, error);
  }
}

/** The problem of a request that failed. */
export function toProblem(error: unknown, check: CheckFiles): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const lineNumber = error instanceof ReadFailure ? error.lineNumber : undefined;
  const change = describeChange(() => check(lineNumber, lineNumber));
  const message = error instanceof Error ? error.message : String(error);
  if (change === undefined) return new HttpProblem(500, message);
  // If the line is not known, another file may have changed too.
  return new HttpProblem(503, lineNumber === undefined ? message : change);
}

/**
 * Why files cannot be served any more, in a sentence; undefined if they can.
 *
 * @param check throws if one of them has changed
 */
export function describeChange(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
