import { parseArgs } from "@std/cli/parse-args";
import { formatCount } from "../source/messages.ts";
import { UsageError } from "./subcommand.ts";

/** The arguments that a command takes. Flags are named without their dashes. */
export interface CommandLineSpec<
  Value extends string,
  Switch extends string,
  List extends string = never,
> {
  /** The command as the user types it, such as `linesvr get`, for error messages. */
  readonly command: string;
  /** The arguments without a flag, in order. Each of them is required. */
  readonly positionals: readonly string[];
  /**
   * Whether the last of them may be given several times.
   *
   * @default {"once"}
   */
  readonly lastPositional?: "once" | "repeatable";
  /** Flags with a value. */
  readonly values: readonly Value[];
  /** Flags with a value that may be given several times. */
  readonly lists?: readonly List[];
  /** Flags without a value. */
  readonly switches: readonly Switch[];
}

/** The arguments of a command line. */
export interface CommandLine<
  Value extends string,
  Switch extends string,
  List extends string = never,
> {
  /** The arguments without a flag: as many as the spec has, or more if the last one is repeatable. */
  readonly positionals: readonly string[];
  /** The values of the flags that are given. */
  readonly values: Readonly<Partial<Record<Value, string>>>;
  /** The values of the flags that may be given several times, in order. */
  readonly lists: Readonly<Record<List, readonly string[]>>;
  /** Whether each switch is given. */
  readonly switches: Readonly<Record<Switch, boolean>>;
}

/**
 * Parses the arguments of a command. An argument that starts with a dash and a digit is a negative
 * number, not a flag. After `--` there are no flags.
 *
 * @param args the arguments after the command's name
 * @throws {UsageError} if a flag is unknown, is given twice or lacks its value, a switch has a value, or an
 * argument is missing or unexpected
 */
export function parseCommandLine<
  Value extends string,
  Switch extends string,
  List extends string = never,
>(
  args: readonly string[],
  spec: CommandLineSpec<Value, Switch, List>,
): CommandLine<Value, Switch, List> {
  const fail = (what: string): never => {
    throw new UsageError(`${what}. See "${spec.command} --help".`);
  };
  const switchNames: readonly string[] = spec.switches;
  const dashes = args.indexOf("--");
  const flags = dashes < 0 ? args : args.slice(0, dashes);
  for (const name of switchNames) {
    // Otherwise `--quiet=no` would mean the opposite.
    if (flags.some((arg) => arg.startsWith(`--${name}=`))) fail(`--${name} takes no value`);
  }
  const listNames: readonly List[] = spec.lists ?? [];
  const valueNames: readonly string[] = [...spec.values, ...listNames];
  const parsed: Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] } =
    parseArgs(args.map(protect), {
      string: valueNames,
      collect: valueNames,
      boolean: switchNames,
      unknown: (arg, flag) => flag === undefined || fail(`Unknown option: ${arg}`),
    });
  const valuesOf = (name: string): readonly string[] => {
    const values = (parsed[name] as readonly string[]).map(unprotect);
    return values.includes("") ? fail(`--${name} needs a value`) : values;
  };
  const values: Partial<Record<Value, string>> = {};
  for (const name of spec.values) {
    const [value, second] = valuesOf(name);
    if (second !== undefined) fail(`--${name} is given twice`);
    if (value !== undefined) values[name] = value;
  }
  const positionals = parsed._.map((word) => unprotect(String(word)));
  const missing = spec.positionals[positionals.length];
  if (missing !== undefined) fail(`Missing argument: ${missing}`);
  const surplus = positionals[spec.positionals.length];
  if (surplus !== undefined && spec.lastPositional !== "repeatable") {
    fail(`Unexpected argument: ${surplus}`);
  }
  return {
    positionals,
    values,
    lists: record(listNames, valuesOf),
    switches: record(spec.switches, (name) => parsed[name] === true),
  };
}

// No argument can contain it. What starts with it is neither a flag nor a number nor `true`, so `parseArgs`
// leaves it as it is.
const PROTECTION = "\0";

function protect(arg: string): string {
  return /^-\D/.test(arg) ? arg : PROTECTION + arg;
}

function unprotect(arg: string): string {
  return arg.startsWith(PROTECTION) ? arg.slice(PROTECTION.length) : arg;
}

function record<Name extends string, T>(
  names: readonly Name[],
  valueOf: (name: Name) => T,
): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, T>;
}

/**
 * Parses an integer.
 *
 * @param flag the flag whose value it is, for error messages
 * @throws {UsageError} if it is not an integer from `min` to `max`
 */
export function parseInteger(text: string, flag: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const [least, most] = [min, max].map(formatCount);
  throw new UsageError(`${flag} must be an integer from ${least} to ${most}, not ${text}.`);
}

/**
 * Parses one of several words.
 *
 * @param flag the flag whose value it is, for error messages
 * @throws {UsageError} if it is none of them
 */
export function parseChoice<Choice extends string>(
  text: string,
  flag: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((word) => word === text);
  if (choice !== undefined) return choice;
  const words = choices.slice(0, -1).join(", ");
  throw new UsageError(`${flag} must be ${words} or ${choices.at(-1)}, not ${text}.`);
}
