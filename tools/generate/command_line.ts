import { parseArgs } from "@std/cli/parse-args";
import type { Terminator, TextOptions } from "./text_generator.ts";

/** What the user asked for. */
export type Command =
  | { kind: "help" }
  | { kind: "write"; path: string; text: TextOptions; replace: boolean };

/** The command line was wrong. Its message is one line: what failed and the value. */
export class UsageError extends Error {
  /** Always `UsageError`. */
  override readonly name = "UsageError";
}

/** The flags, for `--help`. */
export const HELP = `Write a text file to try things on: numbered lines of random printable ASCII.

Usage: deno task generate FILE [options]

  --lines N              number of lines (default 1000000)
  --shortest N           shortest line in bytes, without its terminator (default 1)
  --longest N            longest line in bytes, without its terminator (default 98)
  --seed N               another number gives another text, the same one the same (default 1)
  --terminator lf|crlf   what ends a line (default lf)
  --no-final-terminator  leave it out after the last line
  --force                replace FILE if it exists
  --help                 show this
`;

const NUMBER_FLAGS = {
  lines: "lineCount",
  shortest: "shortestBytes",
  longest: "longestBytes",
  seed: "seed",
} as const;

function parseWholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new UsageError(`--${flag} wants a whole number from 0 to 2^53 - 1: ${text || "nothing"}`);
}

function parseTerminator(text: string): Terminator {
  if (text === "lf" || text === "crlf") return text;
  throw new UsageError(`--terminator wants lf or crlf: ${text || "nothing"}`);
}

function refuseUnknownFlag(arg: string, key?: string): void {
  if (key !== undefined) throw new UsageError(`no such flag, see --help: ${arg}`);
}

function onePath(words: readonly (string | number)[]): string {
  const [path, surplus] = words.map(String);
  if (!path) throw new UsageError("no file named, see --help: FILE");
  if (surplus !== undefined) throw new UsageError(`one file at a time: ${surplus}`);
  return path;
}

/**
 * Reads the words of the command line.
 *
 * @param args The words behind the program's name.
 * @returns What they ask for. Numbers are whole, 0 to 2^53 - 1; whether they fit together is for
 * the `TextGenerator` to say.
 * @throws {UsageError} They make no sense: an unknown flag, a number that is not one, no file.
 *
 * @example A file of ten lines
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseCommandLine } from "./command_line.ts";
 *
 * assertEquals(parseCommandLine(["ten.txt", "--lines", "10"]), {
 *   kind: "write",
 *   path: "ten.txt",
 *   text: { lineCount: 10, terminator: "lf", finalTerminator: true },
 *   replace: false,
 * });
 * ```
 */
export function parseCommandLine(args: readonly string[]): Command {
  const flags = parseArgs([...args], {
    // The "_" keeps a file named 007 from becoming the number 7.
    string: ["_", "lines", "shortest", "longest", "seed", "terminator"],
    boolean: ["help", "force", "final-terminator"],
    negatable: ["final-terminator"],
    default: { terminator: "lf", "final-terminator": true },
    unknown: refuseUnknownFlag,
  });
  if (flags.help) return { kind: "help" };
  const text: TextOptions = {
    terminator: parseTerminator(flags.terminator),
    finalTerminator: flags["final-terminator"],
  };
  for (const [flag, option] of Object.entries(NUMBER_FLAGS)) {
    const value = flags[flag as keyof typeof NUMBER_FLAGS];
    if (value !== undefined) text[option] = parseWholeNumber(flag, value);
  }
  return { kind: "write", path: onePath(flags._), text, replace: flags.force };
}
