import { AssertionError } from "./assertion_error.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that a text contains another.
 *
 * @param actual The text.
 * @param expected What it should contain.
 * @param msg What to add to the message.
 * @throws {AssertionError} If it does not contain it.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert/string-includes";
 *
 * assertStringIncludes("hello", "ell");
 * ```
 */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to contain: "${expected}"${messageEnd(msg)}`,
  );
}
