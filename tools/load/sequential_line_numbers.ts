import type { LineNumbers } from "./line_numbers.ts";

/** Line numbers in rising order, from 1, and from 1 again behind the last. */
export class SequentialLineNumbers implements LineNumbers {
  readonly #lineCount: number;
  #last = 0;

  /**
   * Begins with 1.
   *
   * @param lineCount the greatest number, 1 or more
   */
  constructor(lineCount: number) {
    this.#lineCount = lineCount;
  }

  /** The next number, 1 to the number of lines. */
  next(): number {
    this.#last = this.#last === this.#lineCount ? 1 : this.#last + 1;
    return this.#last;
  }
}
