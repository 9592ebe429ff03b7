import { UsageError } from "../../../src/cli/usage_error.ts";

/** A file that is named on the command line. */
export interface NamedFile {
  /** The option that names it. */
  readonly flag: string;
  /** Where it is; `undefined` where the option was not given. */
  readonly path: string | undefined;
}

/**
 * Makes sure that files which are to be written are not one another, nor one that is to be read: what it
 * held would be lost. Devices, such as a terminal, may be named twice.
 *
 * @param files in any order
 * @throws {UsageError} where two of them are one file
 */
export function assertDistinctFiles(files: readonly NamedFile[]): void {
  const flags = new Map<string, string>();
  for (const { flag, path } of files) {
    const key = path === undefined ? undefined : fileKey(path);
    if (key === undefined) continue;
    const other = flags.get(key);
    if (other !== undefined) {
      throw new UsageError(`One file for ${other} and ${flag}: ${path}: name another`);
    }
    flags.set(key, flag);
  }
}

// What tells a file from others: by whichever name, where it is there already.
function fileKey(path: string): string | undefined {
  try {
    const { isFile, dev, ino } = Deno.statSync(path);
    return isFile ? `${dev}:${ino}` : undefined;
  } catch {
    // There is none, or it cannot be seen: opening it will tell which.
    return path;
  }
}
