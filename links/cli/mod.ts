/**
 * The part of `@std/cli` that this project uses: {@linkcode parseArgs}.
 *
 * @module
 */

export * from "./parse_args.ts";
