import { describeSystemError, systemErrorCode, systemErrorRemedy } from "../../source/messages.ts";

/**
 * How many files a worker opens at least when it starts, measured with Deno 2.9. If the limit of open files is too
 * low for that, Deno itself fails, with a message that is of no help.
 */
const FILES_PER_WORKER = 12;

/**
 * Checks that the limit of open files is high enough to start workers.
 *
 * @param path a file that exists
 * @throws {Error} if it is too low
 */
export function assertCanStart(workers: number, path: string): void {
  using opened = new DisposableStack();
  try {
    for (let i = 0; i < workers * FILES_PER_WORKER; i++) opened.use(Deno.openSync(path));
  } catch (error) {
    // What else is wrong with the file, a worker reports.
    if (!["EMFILE", "ENFILE"].includes(systemErrorCode(error) ?? "")) return;
    throw new Error(
      `Cannot start ${workers} workers (${describeSystemError(error)}). ${
        systemErrorRemedy(error)
      }`,
    );
  }
}
