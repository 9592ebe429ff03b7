import { UsageError } from "../../../src/cli/subcommand.ts";

export interface NamedFile {
  /** The option that names the file. */
  readonly flag: string;
  /** `undefined` if the option was not given. */
  readonly path: string | undefined;
}

/**
 * Prevents that an output file overwrites the input file or another output file. Devices, such as a
 * terminal, may be named twice.
 *
 * @throws {UsageError} if two of the paths lead to the same file
 */
export function assertDistinctFiles(files: readonly NamedFile[]): void {
  const flags = new Map<string, string>();
  for (const { flag, path } of files) {
    const key = path === undefined ? undefined : fileKey(path);
    if (key === undefined) continue;
    const other = flags.get(key);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${flag} must be different files, not both ${path}. Choose another file.`,
      );
    }
    flags.set(key, flag);
  }
}

// Identifies a file; `undefined` for a device. Two paths may lead to one file.
function fileKey(path: string): string | undefined {
  try {
    const { isFile, dev, ino } = Deno.statSync(path);
    return isFile ? `${dev}:${ino}` : undefined;
  } catch {
    // The file does not exist, or opening it will fail with an error message.
    return path;
  }
}
