import { OPEN_FILES_MAX } from "../../lines/several_lines.ts";
import { describeSystemError, systemErrorCode, systemErrorRemedy } from "../../source/messages.ts";

/**
 * How many files a worker opens at least when it starts, measured with Deno 2.9. If the limit of open files is too
 * low for that, Deno itself fails, with a message that is of no help.
 */
const FILES_PER_WORKER = 12;

/** How many descriptors a worker opens for a file and its index at least: two for each. */
const DESCRIPTORS_PER_FILE = 4;

/**
 * How many of several files each worker may have open at a time. Half of what the limit of open files allows is left to
 * connections.
 *
 * @param path a file that exists
 */
export function openFilesPerWorker(files: number, workers: number, path: string): number {
  const wanted = Math.min(files, OPEN_FILES_MAX);
  const descriptors = wanted * workers * DESCRIPTORS_PER_FILE;
  const opened = countOpened(2 * descriptors, path);
  return Math.max(1, Math.min(wanted, Math.floor(opened / 2 / workers / DESCRIPTORS_PER_FILE)));
}

// How many descriptors can be opened, as far as they are wanted.
function countOpened(wanted: number, path: string): number {
  using opened = new DisposableStack();
  let count = 0;
  try {
    for (; count < wanted; count++) opened.use(Deno.openSync(path));
  } catch {
    // The limit is reached.
  }
  return count;
}

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
