/** The greatest line number that can be requested: 2^53 - 1, as in the server. */
export const LINE_NUMBER_MAX: number = Number.MAX_SAFE_INTEGER;

/** A source of the line numbers that a client requests. */
export interface LineNumbers {
  /** Returns 1 to the number of lines. */
  next(): number;
}

/** Counts from 1 to the number of lines, then starts again at 1. */
export class SequentialLineNumbers implements LineNumbers {
  readonly #lineCount: number;
  #last = 0;

  /** @param lineCount 1 or more */
  constructor(lineCount: number) {
    this.#lineCount = lineCount;
  }

  /** Returns 1 to the number of lines. */
  next(): number {
    this.#last = this.#last === this.#lineCount ? 1 : this.#last + 1;
    return this.#last;
  }
}
