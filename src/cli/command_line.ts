import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "./usage_error.ts";

/** Which words a subcommand takes. */
export interface CommandLineSpec<
  Value extends string,
  Switch extends string,
  List extends string = never,
> {
  /** The subcommand, for error messages. */
  readonly command: string;
  /** What stands without a flag, in order; all are needed. */
  readonly positionals: readonly string[];
  /** Flags with a value, without their dashes. */
  readonly values: readonly Value[];
  /** Flags with a value that may be given several times, without their dashes. */
  readonly lists?: readonly List[];
  /** Flags without a value, without their dashes. */
  readonly switches: readonly Switch[];
}

/** The words of a command line, by what they are. */
export interface CommandLine<
  Value extends string,
  Switch extends string,
  List extends string = never,
> {
  /** What stood without a flag: as many as the spec names. */
  readonly positionals: readonly string[];
  /** What was given with the flags that were given. */
  readonly values: Readonly<Partial<Record<Value, string>>>;
  /** What was given with the flags that may be given several times, in order. */
  readonly lists: Readonly<Record<List, readonly string[]>>;
  /** Which switches were given. */
  readonly switches: Readonly<Record<Switch, boolean>>;
}

// What no word of a command line can begin with.
const NEGATIVE_MARK = "\0";

/**
 * Reads the words of a subcommand.
 *
 * @param args the words behind the subcommand's name
 * @throws {UsageError} where a flag is unknown, lacks its value, or a word is missing or too many
 */
export function parseCommandLine<
  Value extends string,
  Switch extends string,
  List extends string = never,
>(
  args: readonly string[],
  spec: CommandLineSpec<Value, Switch, List>,
): CommandLine<Value, Switch, List> {
  const listNames = spec.lists ?? [];
  checkSwitches(args, spec);
  const words = markNegatives(args, [...spec.values, ...listNames]);
  const parsed: Record<string, unknown> & { _: (string | number)[] } = parseArgs(words, {
    string: ["_", ...spec.values, ...listNames],
    collect: [...spec.values, ...listNames],
    boolean: [...spec.switches],
    unknown: (arg, key) => {
      if (key !== undefined) throw usage(`Unknown flag: ${arg}`, spec.command);
      return true;
    },
  });
  const positionals = parsed._.map(String).map(unmarked);
  checkPositionals(positionals, spec);
  const given = (name: string) => checkedValues(parsed[name], name, spec.command);
  const values: Partial<Record<Value, string>> = {};
  for (const name of spec.values) {
    const [value, second] = given(name);
    if (second !== undefined) throw usage(`Given twice: --${name}`, spec.command);
    if (value !== undefined) values[name] = value;
  }
  const lists = Object.fromEntries(
    listNames.map((name) => [name, given(name)]),
  ) as unknown as Record<List, readonly string[]>;
  const switches = Object.fromEntries(
    spec.switches.map((name) => [name, parsed[name] === true]),
  ) as Record<Switch, boolean>;
  return { positionals, values, lists, switches };
}

/**
 * Reads an integer.
 *
 * @param flag what it was given for, for the error's message
 * @throws {UsageError} where it is no integer of `min` to `max`
 */
export function parseInteger(text: string, flag: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`Not an integer of ${min} to ${max} for ${flag}: ${text}`);
}

/**
 * Reads one of several words.
 *
 * @param flag what it was given for, for the error's message
 * @throws {UsageError} where it is none of them
 */
export function parseChoice<Choice extends string>(
  text: string,
  flag: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((word) => word === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`Not a choice for ${flag}: ${text}: take one of ${choices.join(", ")}`);
}

// Otherwise `--quiet=no` would be taken for its contrary.
function checkSwitches(
  args: readonly string[],
  { switches, command }: CommandLineSpec<string, string, string>,
): void {
  for (const arg of args) {
    if (arg === "--") return;
    const name = switches.find((name) => arg.startsWith(`--${name}=`));
    if (name !== undefined) throw usage(`Takes no value: --${name}`, command);
  }
}

// "-3" is a line number that does not exist, or a flag's value that is out of range; it is no flag.
function markNegatives(args: readonly string[], valueFlags: readonly string[]): string[] {
  const words: string[] = [];
  for (const [i, arg] of args.entries()) {
    if (arg === "--") return [...words, ...args.slice(i)];
    const flag = words.at(-1);
    const isValue = valueFlags.some((name) => flag === `--${name}`);
    if (isValue && /^-\d/.test(arg)) words.push(`${words.pop()}=${arg}`);
    else words.push(/^-\d+$/.test(arg) ? NEGATIVE_MARK + arg : arg);
  }
  return words;
}

function unmarked(word: string): string {
  return word.startsWith(NEGATIVE_MARK) ? word.slice(NEGATIVE_MARK.length) : word;
}

// What one flag was given, none where it was not.
function checkedValues(parsed: unknown, name: string, command: string): readonly string[] {
  const values = parsed === undefined ? [] : [parsed].flat().map(String);
  if (values.includes("")) throw usage(`Missing value: --${name}`, command);
  return values;
}

function checkPositionals(
  given: readonly string[],
  spec: CommandLineSpec<string, string, string>,
): void {
  const missing = spec.positionals[given.length];
  if (missing !== undefined) throw usage(`Missing: ${missing}`, spec.command);
  const surplus = given[spec.positionals.length];
  if (surplus !== undefined) throw usage(`One word too many: ${surplus}`, spec.command);
}

function usage(what: string, command: string): UsageError {
  return new UsageError(`${what}: see "linesvr ${command} --help"`);
}
