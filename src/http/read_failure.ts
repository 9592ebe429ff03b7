import type { LineSink } from "../lines/lines.ts";
import { HttpProblem } from "./problem.ts";

/** A line exists, but cannot be read. The cause's message is one line for people. */
export class ReadFailure extends Error {
  override readonly name = "ReadFailure";

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** Receives lines that are known to exist. If one cannot be read, it throws. */
export abstract class ExistingLinesSink implements LineSink {
  abstract line(bytes: Uint8Array, start: number, end: number): void;
  abstract longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void>;
  abstract flush(): Promise<void> | undefined;

  missing(lineNumber: number): never {
    throw new RangeError(`Line ${lineNumber} was asked for, but was not found.`);
  }

  failed(_lineNumber: number, error: Error): never {
    throw new ReadFailure(error);
  }
}

/**
 * The problem of a request that failed.
 *
 * @param check throws if the file has changed
 */
export function toProblem(error: unknown, check: () => void): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const change = describeChange(check);
  if (change !== undefined) return new HttpProblem(503, change);
  return new HttpProblem(500, error instanceof Error ? error.message : String(error));
}

/**
 * Why the file cannot be served any more, in a sentence; undefined if it can.
 *
 * @param check throws if the file has changed
 */
export function describeChange(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
