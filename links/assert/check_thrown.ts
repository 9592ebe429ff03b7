import { AssertionError } from "./assertion_error.ts";
import { messageEnd } from "./message_end.ts";

/** A class of errors, abstract or not. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** What is expected of the thing thrown. */
export interface ExpectedError {
  readonly errorClass: ErrorClass | undefined;
  readonly msgIncludes: string | undefined;
  readonly msg: string | undefined;
}

/**
 * Tells the two forms of arguments of {@linkcode assertThrows} apart.
 *
 * @param errorClassOrMsg The class, or the message where there is none.
 * @param msgIncludes What the error's message should contain.
 * @param msg What to add to the message.
 * @returns What is expected.
 */
export function thrownArguments(
  errorClassOrMsg: ErrorClass | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): ExpectedError {
  return typeof errorClassOrMsg === "string"
    ? { errorClass: undefined, msgIncludes: undefined, msg: errorClassOrMsg }
    : { errorClass: errorClassOrMsg, msgIncludes, msg };
}

/**
 * Asserts that the thing thrown is what is expected.
 *
 * @param thrown The thing.
 * @param how Whether it was thrown or rejected with.
 * @param expected What is expected of it.
 * @throws {AssertionError} If it is not.
 */
export function checkThrown(
  thrown: unknown,
  how: "thrown" | "rejected",
  { errorClass, msgIncludes, msg }: ExpectedError,
): void {
  if (errorClass === undefined) return;
  if (!(thrown instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${how}${messageEnd(msg)}`);
  }
  // Without the annotation the compiler takes any error for an instance of the class.
  const isExpectedClass: boolean = thrown instanceof errorClass;
  if (!isExpectedClass) {
    throw new AssertionError(
      `Expected error to be instance of "${errorClass.name}", ` +
        `but was "${thrown.constructor.name}"${messageEnd(msg)}`,
      { cause: thrown },
    );
  }
  if (msgIncludes !== undefined && !thrown.message.includes(msgIncludes)) {
    throw new AssertionError(
      `Expected error message to include ${JSON.stringify(msgIncludes)}, ` +
        `but got ${JSON.stringify(thrown.message)}${messageEnd(msg)}`,
      { cause: thrown },
    );
  }
}
