import { stripVTControlCharacters } from "node:util";
import { AssertionError, endOfMessage } from "./assertion_error.ts";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/**
 * Asserts that a function throws.
 *
 * @returns What it threw.
 * @throws {AssertionError} If it throws nothing.
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that a function throws an error of a class.
 *
 * @param msgIncludes What the error's message must contain.
 * @returns The error.
 * @throws {AssertionError} If it throws nothing, or something else.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(fn: () => unknown, ...expected: ExpectedArguments): unknown {
  const expectation = expectationOf(expected);
  try {
    fn();
  } catch (thrown) {
    checkThrown(thrown, "thrown", expectation);
    return thrown;
  }
  throw new AssertionError(`Expected function to throw${expectation.end}`);
}

/**
 * Asserts that a function returns a promise that rejects.
 *
 * @returns The reason of the rejection.
 * @throws {AssertionError} If it returns no promise, or one that resolves.
 */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/**
 * Asserts that a function returns a promise that rejects with an error of a class.
 *
 * @param msgIncludes What the error's message must contain.
 * @returns The error.
 * @throws {AssertionError} If it returns no promise, or one that resolves, or rejects with something else.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  ...expected: ExpectedArguments
): Promise<unknown> {
  const expectation = expectationOf(expected);
  const promise = callForPromise(fn);
  if (promise === undefined) {
    throw new AssertionError(`Function throws when expected to reject${expectation.end}`);
  }
  try {
    await promise;
  } catch (reason) {
    checkThrown(reason, "rejected", expectation);
    return reason;
  }
  throw new AssertionError(`Expected function to reject${expectation.end}`);
}

type ExpectedArguments = [
  errorClassOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
];

interface Expectation {
  readonly errorClass?: ErrorClass<Error> | undefined;
  readonly msgIncludes?: string | undefined;
  /** How the message of a failed assertion ends. */
  readonly end: string;
}

function expectationOf([errorClass, msgIncludes, msg]: ExpectedArguments): Expectation {
  return typeof errorClass === "string"
    ? { end: endOfMessage(errorClass) }
    : { errorClass, msgIncludes, end: endOfMessage(msg) };
}

// Undefined if the function throws or returns something else.
function callForPromise(fn: () => unknown): PromiseLike<unknown> | undefined {
  try {
    const result = fn();
    const isPromise = typeof result === "object" && result !== null && "then" in result &&
      typeof result.then === "function";
    return isPromise ? result as PromiseLike<unknown> : undefined;
  } catch {
    return undefined;
  }
}

function checkThrown(thrown: unknown, how: "thrown" | "rejected", expected: Expectation): void {
  const { errorClass, msgIncludes = "", end } = expected;
  if (errorClass === undefined) return;
  if (!(thrown instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${how}${end}`);
  }
  // Without the annotation the compiler takes any error for an instance of the class.
  const isExpectedClass: boolean = thrown instanceof errorClass;
  if (!isExpectedClass) {
    throw new AssertionError(
      `Expected error to be instance of "${errorClass.name}", ` +
        `but was "${thrown.constructor?.name}"${end}`,
    );
  }
  const message = stripVTControlCharacters(thrown.message);
  if (msgIncludes !== "" && !message.includes(stripVTControlCharacters(msgIncludes))) {
    throw new AssertionError(
      `Expected error message to include ${JSON.stringify(msgIncludes)}, ` +
        `but got ${JSON.stringify(thrown.message)}${end}`,
    );
  }
}
