/** The greatest line number that is asked for: 2^53 - 1, as servers count. */
export const LINE_NUMBER_MAX: number = Number.MAX_SAFE_INTEGER;

/** Gives the numbers of the lines that a client asks for. */
export interface LineNumbers {
  /** The next number, 1 to the number of lines. */
  next(): number;
}
