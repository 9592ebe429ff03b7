import { describeSystemError } from "../text/system_error.ts";

/**
 * What is wrong with an index:
 *
 * - `missing`: there is no file of that name
 * - `foreign`: there is a file, but it is not an index; it is never overwritten
 * - `damaged`: it is an index, but its size or a checksum does not add up
 * - `version`: it is an index in a version of the format that this program does not read
 * - `stale`: it is a whole index, of another text or of an earlier state of this one
 * - `unreadable`: the system does not let it be read
 * - `busy`: another process is building it
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

/** What to tell the user where an index cannot be written. */
export function unwritable(indexPath: string, error: unknown): IndexError {
  if (error instanceof IndexError) return error;
  const why = describeSystemError(error);
  return new IndexError(
    "unwritable",
    `Cannot write index: ${why}: ${indexPath}: name another place with --index`,
    { cause: error },
  );
}
