/**
 * The part of `@std/streams` that this project uses.
 *
 * @module
 */

export * from "./concat_readable_streams.ts";
export * from "./to_array_buffer.ts";
export * from "./to_text.ts";
