import { describeSystemError } from "../source/system_error.ts";

/**
 * What is wrong with an index:
 *
 * - `missing`: there is no file of that name
 * - `foreign`: there is a file, but it is not an index; it is never overwritten
 * - `damaged`: it is an index, but its size or a checksum does not add up
 * - `version`: it is an index in a version of the format that this program does not read
 * - `stale`: it is a whole index, of another text or of an earlier state of this one
 * - `unreadable`: the system does not let it be read
 * - `busy`: other processes build it again and again
 * - `unwritable`: it cannot be written where it was to be
 */
export type IndexProblem =
  | "missing"
  | "foreign"
  | "damaged"
  | "version"
  | "stale"
  | "unreadable"
  | "busy"
  | "unwritable";

const MAKE_ANEW = 'make it anew with "linesvr index --force"';

/** Something is wrong with an index; the message says what, with which file, and what to do. */
export class IndexError extends Error {
  /** The name of this kind of error. */
  override readonly name = "IndexError";
  /** What kind of thing is wrong. */
  readonly problem: IndexProblem;

  /**
   * Makes an error with a message for people.
   *
   * @param problem what kind of thing is wrong
   * @param message one line for people
   */
  constructor(problem: IndexProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** What to tell the user where an index does not add up. */
export function damagedIndex(path: string, what: string): IndexError {
  return new IndexError("damaged", `Index damaged: ${path}: ${what}: ${MAKE_ANEW}`);
}

/** What to tell the user where an index is of another version of the format. */
export function otherVersion(path: string, version: number, ours: number): IndexError {
  return new IndexError(
    "version",
    `Index of version ${version}, not ${ours}: ${path}: ${MAKE_ANEW}`,
  );
}

/** What to tell the user where an index is not of the text it is used for. */
export function staleIndex(path: string, reason: string): IndexError {
  return new IndexError("stale", `Index does not fit its text: ${path}: ${reason}: ${MAKE_ANEW}`);
}

/** What to tell the user where an index cannot be read. */
export function unreadableIndex(path: string, error: unknown): IndexError {
  const why = describeSystemError(error);
  return new IndexError(
    "unreadable",
    `Cannot read index: ${why}: ${path}: see to its rights, or name another path with --index`,
    { cause: error },
  );
}

/** What to tell the user where an index cannot be written. */
export function unwritableIndex(path: string, error: unknown): IndexError {
  if (error instanceof IndexError) return error;
  const why = describeSystemError(error);
  return new IndexError(
    "unwritable",
    `Cannot write index: ${why}: ${path}: name another path with --index`,
    { cause: error },
  );
}
