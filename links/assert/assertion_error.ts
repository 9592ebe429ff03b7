/**
 * What a failed assertion throws.
 *
 * @example
 * ```ts
 * import { assert, AssertionError, assertThrows } from "@std/assert";
 *
 * assertThrows(() => assert(1 > 2), AssertionError);
 * ```
 */
export class AssertionError extends Error {
  /**
   * Makes an error to be thrown.
   *
   * @param message What was expected.
   * @param options The cause, where there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}
