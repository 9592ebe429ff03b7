import { AssertionError } from "./assertion_error.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that a value is an instance of a class.
 *
 * @typeParam T The type of an instance.
 * @param actual The value.
 * @param expectedType The class.
 * @param msg What to add to the message.
 * @throws {AssertionError} If it is not an instance.
 *
 * @example
 * ```ts
 * import { assertInstanceOf } from "@std/assert/instance-of";
 *
 * assertInstanceOf(new TypeError("x"), Error);
 * ```
 */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: abstract new (...args: never[]) => T,
  msg?: string,
): asserts actual is T {
  if (actual instanceof expectedType) return;
  throw new AssertionError(
    `Expected object to be an instance of "${expectedType.name}"` +
      `${describe(actual, expectedType.name)}${messageEnd(msg)}`,
  );
}

function describe(actual: unknown, expectedName: string): string {
  if (typeof actual === "function") return " but was not an instanced object";
  const isObject = typeof actual === "object" && actual !== null;
  const name = isObject
    ? (actual.constructor as { name: string } | undefined)?.name ?? "Object"
    : actual === null
    ? "null"
    : typeof actual;
  return name === expectedName ? "" : ` but was "${name}"`;
}
