import { AssertionError } from "./assertion_error.ts";
import { equal } from "./equal.ts";
import { format } from "./format.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that two values are not equal, deeply, as {@linkcode equal} has it.
 *
 * @typeParam T The type of the values.
 * @param actual The value there is.
 * @param expected The value there should not be.
 * @param msg What to add to the message.
 * @throws {AssertionError} If they are equal.
 *
 * @example
 * ```ts
 * import { assertNotEquals } from "@std/assert/not-equals";
 *
 * assertNotEquals([1, 2], [2, 1]);
 * ```
 */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(
    `Expected actual: ${format(actual)} not to be: ${format(expected)}${messageEnd(msg)}`,
  );
}
