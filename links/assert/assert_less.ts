import { AssertionError } from "./assertion_error.ts";
import { format } from "./format.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that a value is less than another, as `<` has it.
 *
 * @typeParam T The type of the values.
 * @param actual The value.
 * @param expected The other one.
 * @param msg What to add to the message.
 * @throws {AssertionError} If not.
 *
 * @example
 * ```ts
 * import { assertLess } from "@std/assert/less";
 *
 * assertLess(1, 2);
 * ```
 */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (actual < expected) return;
  throw new AssertionError(
    `Expect ${format(actual)} < ${format(expected)}${messageEnd(msg)}`,
  );
}
