import { describeSystemError } from "../source/messages.ts";

// A pipe that does not block is full: its reader needs a moment.
const RETRY_AFTER_MS = 10;

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
  for (let done = 0; done < bytes.length;) {
    try {
      done += await Deno.stdout.write(bytes.subarray(done));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new ClosedOutputError();
      if (!(error instanceof Deno.errors.WouldBlock)) {
        throw new Error(`Cannot write to standard output (${describeSystemError(error)}).`);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
  }
}

/** Writes a line of text to standard output, as {@linkcode writeStdout} does. */
export function printLine(text: string): Promise<void> {
  return writeStdout(new TextEncoder().encode(`${text}\n`));
}
