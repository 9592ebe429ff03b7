import { AssertionError } from "./assertion_error.ts";
import { equal } from "./equal.ts";
import { formatDifference } from "./format_difference.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that two values are equal, deeply, as {@linkcode equal} has it.
 *
 * @typeParam T The type of the values.
 * @param actual The value there is.
 * @param expected The value there should be.
 * @param msg What to add to the message.
 * @throws {AssertionError} If they differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/equals";
 *
 * assertEquals({ a: [1, 2] }, { a: [1, 2] });
 * ```
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  const difference = formatDifference(actual, expected);
  throw new AssertionError(`Values are not equal${messageEnd(msg)}\n\n${difference}`);
}
