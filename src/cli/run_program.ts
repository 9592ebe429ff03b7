import { oneLine } from "../protocol/one_line.ts";
import { EXIT_FAILED, EXIT_USAGE, UsageError } from "./subcommand.ts";

/**
 * Runs a program, and prints what it throws: one line for each error, on standard error by default.
 *
 * @param name begins each of these lines
 * @param body returns the exit code
 * @returns the exit code: that of `body`, or 2 after a `UsageError`, 1 after any other error
 */
export async function runProgram(
  name: string,
  body: () => Promise<number>,
  printError: (line: string) => void = console.error,
): Promise<number> {
  try {
    return await body();
  } catch (thrown) {
    const errors = inOrder(thrown);
    for (const error of errors) {
      const message = error instanceof Error ? error.message : String(error);
      printError(`${name}: ${oneLine(message)}`);
    }
    return errors[0] instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  }
}

// If cleaning up after an error fails too, both errors are reported.
function inOrder(thrown: unknown): unknown[] {
  if (!(thrown instanceof SuppressedError)) return [thrown];
  return [...inOrder(thrown.suppressed), ...inOrder(thrown.error)];
}
