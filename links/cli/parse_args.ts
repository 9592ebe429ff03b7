/**
 * Reads command line arguments into an object of flags and positionals.
 *
 * @module
 */

import { ArgsReader } from "./args_reader.ts";
import type { FlagValues } from "./flag_values.ts";

/** What {@linkcode parseArgs} is told about the flags. */
export interface ParseOptions<
  TBooleans extends string = string,
  TStrings extends string = string,
  TCollectable extends string = string,
  TNegatable extends string = string,
  TDefault extends Record<string, unknown> = Record<string, unknown>,
  TAlias extends Record<string, string | readonly string[]> = Record<
    string,
    string | readonly string[]
  >,
  TDoubleDash extends boolean = boolean,
> {
  /** Whether what follows `--` is put under `"--"` instead of `_`. @default {false} */
  "--"?: TDoubleDash | undefined;
  /** Other names of flags. All names of a flag get its value. */
  alias?: TAlias | undefined;
  /** Flags that take no value; `false` where not given. */
  boolean?: TBooleans | readonly TBooleans[] | undefined;
  /** Values of flags that are not given. */
  default?: TDefault | undefined;
  /** Whether everything after the first positional is positional too. @default {false} */
  stopEarly?: boolean | undefined;
  /** Flags whose value is always a string, never a number. `"_"` stands for the positionals. */
  string?: TStrings | readonly TStrings[] | undefined;
  /** Flags that may be given more than once; their values are gathered in an array. */
  collect?: TCollectable | readonly TCollectable[] | undefined;
  /** Flags that `--no-` before the name sets to `false`. */
  negatable?: TNegatable | readonly TNegatable[] | undefined;
  /** Called with each argument that is not declared; `false` drops the argument. */
  unknown?: ((arg: string, key?: string, value?: unknown) => unknown) | undefined;
}

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
