import { AssertionError } from "./assertion_error.ts";
import { format } from "./format.ts";
import { formatDifference } from "./format_difference.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that two values are the same, as `Object.is` has it.
 *
 * @typeParam T The type of the expected value.
 * @param actual The value there is.
 * @param expected The value there should be.
 * @param msg What to add to the message.
 * @throws {AssertionError} If they are not the same.
 *
 * @example
 * ```ts
 * import { assertStrictEquals } from "@std/assert/strict-equals";
 *
 * const list = [1];
 * assertStrictEquals(list, list);
 * ```
 */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const text = format(actual);
  throw new AssertionError(
    text === format(expected)
      ? `Values have the same structure but are not reference-equal${messageEnd(msg)}\n\n${text}`
      : `Values are not strictly equal${messageEnd(msg)}\n\n${formatDifference(actual, expected)}`,
  );
}
