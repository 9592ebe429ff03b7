import { describeSystemError, systemErrorRemedy } from "../source/messages.ts";

/** What is wrong with an index. */
export type IndexProblem =
  /** There is no file at its path. */
  | "missing"
  /** The file at its path is not an index; it is never overwritten. */
  | "foreign"
  /** It is an index, but a checksum fails or its size is wrong. */
  | "damaged"
  /** It is an index in a version of the format that this program does not read. */
  | "version"
  /** It is a complete index of another text, or of another state of this text. */
  | "stale"
  /** The operating system refuses to read it. */
  | "unreadable"
  /** Other processes keep building it. */
  | "busy"
  /** It cannot be written at its path. */
  | "unwritable";

// What the user can do about a problem.
const CREATE = 'Create it with "linesvr index".';
const REBUILD = 'Rebuild it with "linesvr index --force".';
export const CHOOSE_ANOTHER_PATH = "Choose another path with --index.";
const CHECK_PERMISSIONS = "Check its permissions, or choose another path with --index.";
const MOVE_AWAY = "Move it away, or choose another path with --index.";

/** Something is wrong with an index. The message is one line for people: what, which file, what to do. */
export class IndexError extends Error {
  override readonly name = "IndexError";
  readonly problem: IndexProblem;

  constructor(problem: IndexProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

export function missingIndex(path: string): IndexError {
  return new IndexError("missing", `No index: ${path}. ${CREATE}`);
}

export function foreignIndex(path: string): IndexError {
  return new IndexError("foreign", `Not an index: ${path}. ${MOVE_AWAY}`);
}

export function damagedIndex(path: string, reason: string): IndexError {
  return new IndexError("damaged", `Index damaged: ${path} (${reason}). ${REBUILD}`);
}

export function otherVersion(path: string, found: number, supported: number): IndexError {
  const reason = `version ${found}, this program reads version ${supported}`;
  return new IndexError("version", `Index format not supported: ${path} (${reason}). ${REBUILD}`);
}

export function staleIndex(path: string, reason: string): IndexError {
  return new IndexError("stale", `Index does not match its file: ${path} (${reason}). ${REBUILD}`);
}

/** @param cause what the operating system said */
export function unreadableIndex(path: string, cause: unknown): IndexError {
  const reason = describeSystemError(cause);
  const remedy = systemErrorRemedy(cause) ?? CHECK_PERMISSIONS;
  const message = `Cannot read index: ${path} (${reason}). ${remedy}`;
  return new IndexError("unreadable", message, { cause });
}

/** @param cause what the operating system said; an {@linkcode IndexError} is returned as it is */
export function unwritableIndex(path: string, cause: unknown): IndexError {
  if (cause instanceof IndexError) return cause;
  const reason = describeSystemError(cause);
  const remedy = systemErrorRemedy(cause) ?? CHOOSE_ANOTHER_PATH;
  const message = `Cannot write index: ${path} (${reason}). ${remedy}`;
  return new IndexError("unwritable", message, { cause });
}

/** Something else is at the temporary path of an index that is being built. */
export function foreignDraft(path: string): IndexError {
  return new IndexError("foreign", `Not an unfinished index: ${path}. ${MOVE_AWAY}`);
}
