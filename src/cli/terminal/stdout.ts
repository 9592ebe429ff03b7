import { describeSystemError } from "../../source/messages.ts";

/** The reader of standard output has closed it, as `head` does when it has enough lines. */
export class ClosedOutputError extends Error {
  override readonly name = "ClosedOutputError";

  constructor() {
    super("Cannot write to standard output (its reader has closed it).");
  }
}

/**
 * Writes bytes to standard output, and waits for its reader without blocking the thread.
 *
 * @throws {ClosedOutputError} (as a rejection) if its reader has closed it
 * @throws {Error} (as a rejection) if it cannot be written, with a message for people
 */
export async function writeStdout(bytes: Uint8Array): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += await Deno.stdout.write(bytes.subarray(done));
    }
  } catch (error) {
    throw describeFailure(error);
  }
}

function describeFailure(error: unknown): Error {
  if (error instanceof Deno.errors.BrokenPipe) return new ClosedOutputError();
  // Writing again could write some bytes twice: Deno does not report how many of them were written.
  const cause = error instanceof Deno.errors.WouldBlock
    ? 'a non-blocking pipe that is full). Append "| cat" to the command'
    : `${describeSystemError(error)})`;
  return new Error(`Cannot write to standard output (${cause}.`);
}

/** Writes a line of text to standard output, as {@linkcode writeStdout} does. */
export function printLine(text: string): Promise<void> {
  return writeStdout(new TextEncoder().encode(`${text}\n`));
}
