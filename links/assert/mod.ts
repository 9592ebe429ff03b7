/**
 * The assertions of `@std/assert` that this project uses.
 *
 * @module
 */

export { AssertionError } from "./assertion_error.ts";
export * from "./assertions.ts";
export * from "./thrown.ts";
