import { AssertionError } from "./assertion_error.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Asserts that a text matches a pattern.
 *
 * @param actual The text.
 * @param expected The pattern.
 * @param msg What to add to the message.
 * @throws {AssertionError} If it does not match.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert/match";
 *
 * assertMatch("line 12", /^line \d+$/);
 * ```
 */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to match: "${expected}"${messageEnd(msg)}`,
  );
}
