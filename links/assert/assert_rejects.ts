import { AssertionError } from "./assertion_error.ts";
import { checkThrown, type ErrorClass, thrownArguments } from "./check_thrown.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that a function gives a promise that rejects.
 *
 * @param fn The function.
 * @param msg What to add to the message.
 * @returns What the promise was rejected with.
 * @throws {AssertionError} If there is no promise, or it does not reject.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert/rejects";
 *
 * await assertRejects(() => Promise.reject(new Error("no")));
 * ```
 */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/**
 * Asserts that a function gives a promise that rejects with an error of a class, with a text in its
 * message.
 *
 * @typeParam E The type of the error.
 * @param fn The function.
 * @param ErrorClass The class of the error, or one above it.
 * @param msgIncludes What its message should contain.
 * @param msg What to add to the message.
 * @returns The error.
 * @throws {AssertionError} If there is no promise, or it does not reject with such an error.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert/rejects";
 *
 * await assertRejects(() => Promise.reject(new TypeError("no")), TypeError, "no");
 * ```
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: abstract new (...args: never[]) => E,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const expected = thrownArguments(errorClassOrMsg, msgIncludes, msg);
  const promise = call(fn, expected.msg);
  try {
    await promise;
  } catch (reason) {
    checkThrown(reason, "rejected", expected);
    return reason;
  }
  throw new AssertionError(`Expected function to reject${messageEnd(expected.msg)}`);
}

function call(fn: () => unknown, msg: string | undefined): PromiseLike<unknown> {
  let cause: unknown;
  try {
    const result = fn();
    if (isPromiseLike(result)) return result;
  } catch (error) {
    cause = error;
  }
  const message = `Function throws when expected to reject${messageEnd(msg)}`;
  throw new AssertionError(message, { cause });
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
