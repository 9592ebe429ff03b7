import { describeSystemError } from "../../src/source/messages.ts";

/** An error that ends the whole run. The message is one line: what failed, the object, the remedy. */
export class LoadFailure extends Error {
  override readonly name = "LoadFailure";
}

/** Describes an error of the operating system for a file that is read. */
export function cannotRead(path: string, error: unknown): LoadFailure {
  return cannotReadFile(path, error, "--file");
}

/** The same for the file of any option. */
export function cannotReadFile(path: string, error: unknown, flag: string): LoadFailure {
  const cause = describeSystemError(error);
  return new LoadFailure(`Cannot read file: ${path} (${cause}). Check ${flag}.`, { cause: error });
}

/** Describes an error of the operating system for a file that is written. */
export function cannotWrite(path: string, error: unknown): LoadFailure {
  const cause = describeSystemError(error);
  return new LoadFailure(`Cannot write file: ${path} (${cause}). Choose another file.`, {
    cause: error,
  });
}
