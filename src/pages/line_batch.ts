/** How many lines a batch has at most. */
export const BATCH_MAX_LINES = 64;

/** Stands for the start of a line that is not known. */
export const NOT_LOCATED: number = -1;

/**
 * Some lines that are asked for together, and where they stand in the text: arrays that are used again,
 * because an object for each line would cost as much as looking it up.
 */
export class LineBatch {
  /** Their numbers; 0 where none is wanted. */
  readonly lines: Float64Array = new Float64Array(BATCH_MAX_LINES);
  /** Where they begin in the text, or {@linkcode NOT_LOCATED}. */
  readonly starts: Float64Array = new Float64Array(BATCH_MAX_LINES);
  /** Where the next ones would begin. */
  readonly ends: Float64Array = new Float64Array(BATCH_MAX_LINES);
  /** How many there are: 0 to {@linkcode BATCH_MAX_LINES}. */
  count = 0;
}
