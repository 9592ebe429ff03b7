import { AssertionError } from "./assertion_error.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Fails, whatever happened before.
 *
 * @param msg Why.
 * @throws {AssertionError} Always.
 *
 * @example
 * ```ts
 * import { assertThrows, fail } from "@std/assert";
 *
 * assertThrows(() => fail("no such case"));
 * ```
 */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${messageEnd(msg)}`);
}
