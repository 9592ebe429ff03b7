import { AssertionError, endOfMessage } from "./assertion_error.ts";
import { equal } from "./equal.ts";
import { describeDifference, format } from "./format.ts";

/**
 * Asserts that a value is truthy.
 *
 * @throws {AssertionError} If it is falsy; the message is `msg`.
 */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/**
 * Asserts that two values are deeply equal. Errors are compared with their stacks, so compare their
 * messages instead.
 *
 * @throws {AssertionError} If they differ.
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(
    `Values are not equal${endOfMessage(msg)}\n${describeDifference(actual, expected)}`,
  );
}

/**
 * Asserts that two values are not deeply equal.
 *
 * @throws {AssertionError} If they are.
 */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(
    `Expected actual: ${format(actual)} not to be: ${format(expected)}${endOfMessage(msg)}`,
  );
}

/**
 * Asserts that two values are the same one, as `Object.is` decides it.
 *
 * @throws {AssertionError} If they are not.
 */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const failure = format(actual) === format(expected)
    ? "Values have the same structure but are not reference-equal"
    : "Values are not strictly equal";
  throw new AssertionError(
    `${failure}${endOfMessage(msg)}\n${describeDifference(actual, expected)}`,
  );
}

/**
 * Asserts that `actual > expected`.
 *
 * @throws {AssertionError} If not; the message is `msg` if that is given.
 */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) throw new AssertionError(msg ?? comparison(actual, ">", expected));
}

/**
 * Asserts that `actual >= expected`.
 *
 * @throws {AssertionError} If not; the message is `msg` if that is given.
 */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) throw new AssertionError(msg ?? comparison(actual, ">=", expected));
}

/**
 * Asserts that `actual < expected`.
 *
 * @throws {AssertionError} If not; the message is `msg` if that is given.
 */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) throw new AssertionError(msg ?? comparison(actual, "<", expected));
}

/**
 * Asserts that `actual <= expected`.
 *
 * @throws {AssertionError} If not; the message is `msg` if that is given.
 */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) throw new AssertionError(msg ?? comparison(actual, "<=", expected));
}

function comparison(actual: unknown, operator: string, expected: unknown): string {
  return `Expect ${format(actual)} ${operator} ${format(expected)}`;
}

/**
 * Asserts that a string matches a pattern.
 *
 * @throws {AssertionError} If it does not.
 */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to match: "${expected}"${endOfMessage(msg)}`,
  );
}

/**
 * Asserts that a string contains another one.
 *
 * @throws {AssertionError} If it does not.
 */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to contain: "${expected}"${endOfMessage(msg)}`,
  );
}

/**
 * Asserts that a value is an instance of a class.
 *
 * @throws {AssertionError} If it is not.
 */
export function assertInstanceOf<C extends abstract new (...args: never[]) => unknown>(
  actual: unknown,
  expectedType: C,
  msg?: string,
): asserts actual is InstanceType<C> {
  if (actual instanceof expectedType) return;
  const found = typeName(actual);
  const contrast = found === expectedType.name
    ? ""
    : found === "function"
    ? " but was not an instanced object"
    : ` but was "${found}"`;
  throw new AssertionError(
    `Expected object to be an instance of "${expectedType.name}"${contrast}${endOfMessage(msg)}`,
  );
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  // An object without a prototype has no constructor.
  return (value.constructor as { name: string } | undefined)?.name ?? "Object";
}
