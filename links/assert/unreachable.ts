import { AssertionError } from "./assertion_error.ts";
import { messageEnd } from "./message_end.ts";

/**
 * Marks a place that is never reached.
 *
 * @param reason Why.
 * @throws {AssertionError} Always.
 *
 * @example
 * ```ts
 * import { assertThrows, unreachable } from "@std/assert";
 *
 * assertThrows(() => unreachable("no such case"));
 * ```
 */
export function unreachable(reason?: string): never {
  throw new AssertionError(`Unreachable${messageEnd(reason)}`);
}
