/** What failed and what to do, by the system's code of an error, or by its name where it has none. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  AbortError: "stopped before the end: run it again",
  AlreadyExists: "it exists already: choose another name, or add --force to replace it",
  IsADirectory: "it is a directory: name a file in it",
  NotSupported: "it is a device or a link, not a file: choose another name",
  EACCES: "permission denied: choose a directory you may write to",
  EDQUOT: "disk quota used up: make room, or ask for fewer lines",
  EEXIST: "its .partial file exists already: delete that",
  ENAMETOOLONG: "file name too long: choose a shorter one",
  ENOENT: "no such directory: create it first",
  ENOSPC: "no space left on the disk: make room, or ask for fewer lines",
  ENOTDIR: "a part of the path is a file, not a directory: choose another path",
  EPERM: "permission denied: choose a directory you may write to",
  EROFS: "the disk is read-only: choose another one",
};

/**
 * Says in one line why a file could not be written and what to do about it.
 *
 * @param error What `writeFile` threw.
 * @returns `<what failed>: <what to do>`, without a line break.
 *
 * @example A full disk
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { explainWriteError } from "./explain_write_error.ts";
 *
 * const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
 * assertEquals(
 *   explainWriteError(full),
 *   "no space left on the disk: make room, or ask for fewer lines",
 * );
 * ```
 */
export function explainWriteError(error: unknown): string {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  const known = EXPLANATIONS[code ?? ""] ?? EXPLANATIONS[name ?? ""];
  if (known !== undefined) return known;
  const [what] = (message ?? String(error)).split(/[\r\n]/);
  return `${what}: choose another place for it`;
}
