/** A part of a file. */
export interface FileRange {
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** How long it is, in bytes. */
  readonly bytes: number;
}
