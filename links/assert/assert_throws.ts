import { AssertionError } from "./assertion_error.ts";
import { checkThrown, type ErrorClass, thrownArguments } from "./check_thrown.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that a function throws.
 *
 * @param fn The function.
 * @param msg What to add to the message.
 * @returns What it threw.
 * @throws {AssertionError} If it throws nothing.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert/throws";
 *
 * assertThrows(() => JSON.parse("{"));
 * ```
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that a function throws an error of a class, with a text in its message.
 *
 * @typeParam E The type of the error.
 * @param fn The function.
 * @param ErrorClass The class of the error, or one above it.
 * @param msgIncludes What its message should contain.
 * @param msg What to add to the message.
 * @returns The error.
 * @throws {AssertionError} If it throws nothing, or something else.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert/throws";
 *
 * assertThrows(() => new Array(-1), RangeError, "length");
 * ```
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: abstract new (...args: never[]) => E,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const expected = thrownArguments(errorClassOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (thrown) {
    checkThrown(thrown, "thrown", expected);
    return thrown;
  }
  throw new AssertionError(`Expected function to throw${messageEnd(expected.msg)}`);
}
