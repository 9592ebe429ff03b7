/**
 * Reads command line arguments into an object of flags and positionals.
 *
 * @module
 */

import { ArgsReader } from "./args_reader.ts";
import type { FlagValues } from "./flag_values.ts";
import type { ParseOptions } from "./parse_options.ts";

export type { ParseOptions } from "./parse_options.ts";

/** What {@linkcode parseArgs} gives: the flags, the positionals under `_`, the rest under `--`. */
export type Args<
  TArgs = { [name: string]: unknown },
  TDoubleDash extends boolean | undefined = undefined,
> =
  & TArgs
  & { /** The positionals. */ _: Array<string | number> }
  & (TDoubleDash extends true ? { /** What followed `--`. */ "--": string[] } : unknown);

/**
 * Reads command line arguments into an object of flags and positionals.
 *
 * - `--name value`, `--name=value`, `-n value`, `-n=value`, `-n5` give a flag a value; without one
 *   it is `true`, or `""` where declared as a string.
 * - `-abc` sets the flags a, b and c. So `-3` is a flag called 3: a negative value is written
 *   `--name=-3`.
 * - What looks like a number becomes one, unless the flag is declared as a string.
 * - `--` ends the flags. What follows stays as it is.
 * - A dot in a name nests: `--a.b 5` gives `{ a: { b: 5 } }`.
 *
 * @param args The arguments, as a rule `Deno.args`.
 * @param options What is known about the flags.
 * @returns The flags by name, the positionals under `_`.
 *
 * @example
 * ```ts
 * import { parseArgs } from "@std/cli/parse-args";
 * import { assertEquals } from "@std/assert";
 *
 * const args = parseArgs(["serve", "--port", "80", "-v"], {
 *   string: ["port"],
 *   boolean: ["verbose"],
 *   alias: { verbose: "v" },
 * });
 * assertEquals(args.port, "80");
 * assertEquals(args.verbose, true);
 * assertEquals(args._, ["serve"]);
 * ```
 */
export function parseArgs<
  TBooleans extends string = never,
  TStrings extends string = never,
  TCollectable extends string = never,
  TNegatable extends string = never,
  TDefaults extends Record<string, unknown> = Record<never, never>,
  const TAliases extends Record<string, string | readonly string[]> = Record<never, never>,
  TDoubleDash extends boolean = false,
>(
  args: readonly string[],
  options: ParseOptions<
    TBooleans,
    TStrings,
    TCollectable,
    TNegatable,
    TDefaults,
    TAliases,
    TDoubleDash
  > = {},
): Args<
  FlagValues<TBooleans, TStrings, TCollectable, TNegatable, TDefaults, TAliases>,
  TDoubleDash
> {
  return new ArgsReader(options).read(args) as Args<
    FlagValues<TBooleans, TStrings, TCollectable, TNegatable, TDefaults, TAliases>,
    TDoubleDash
  >;
}
