import { VERSION } from "./version.ts";
import { oneLine } from "../protocol/one_line.ts";
import { EXIT_DONE, EXIT_FAILED, EXIT_USAGE } from "./exit_code.ts";
import type { Subcommand } from "./subcommand.ts";
import { UsageError } from "./usage_error.ts";

interface Entry {
  readonly summary: string;
  /** Loads what the subcommand needs, and no other one. */
  readonly load: () => Promise<Subcommand>;
}

const SUBCOMMANDS: ReadonlyMap<string, Entry> = new Map([
  ["index", {
    summary: "build the index of a text file",
    load: async () => (await import("./index_command.ts")).indexCommand,
  }],
  ["serve", {
    summary: "serve the lines of a text file over TCP",
    load: async () => (await import("./serve_command.ts")).serveCommand,
  }],
  ["get", {
    summary: "print one line, without a server",
    load: async () => (await import("./get_command.ts")).getCommand,
  }],
  ["verify", {
    summary: "read text and index through and compare them",
    load: async () => (await import("./verify_command.ts")).verifyCommand,
  }],
  ["load", {
    summary: "measure a server, and look at its answers",
    load: async () => (await import("../../tools/load/cli/load_command.ts")).loadCommand,
  }],
]);

/**
 * Runs the program: picks the subcommand, and turns what it throws into one line for people.
 *
 * @param args the command line's words, without the program's name
 * @returns the exit code: 0 done, 1 what was asked for failed, 2 the command line was wrong
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (thrown) {
    const errors = inOrder(thrown);
    for (const error of errors) {
      const message = error instanceof Error ? error.message : String(error);
      console.error(`linesvr: ${oneLine(message)}`);
    }
    return errors[0] instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  }
}

// Where cleaning up after an error fails too, both are told.
function inOrder(thrown: unknown): unknown[] {
  if (!(thrown instanceof SuppressedError)) return [thrown];
  return [...inOrder(thrown.suppressed), ...inOrder(thrown.error)];
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError(`No subcommand: take one of ${names()}`);
  if (name === "--version") return print(`linesvr ${VERSION}`);
  if (name === "--help" || name === "-h" || name === "help") return print(help());
  const entry = SUBCOMMANDS.get(name);
  if (entry === undefined) {
    throw new UsageError(`Unknown subcommand: ${name}: take one of ${names()}`);
  }
  const subcommand = await entry.load();
  if (rest.includes("--help") || rest.includes("-h")) return print(subcommand.help);
  return await subcommand.run(rest);
}

function print(text: string): number {
  console.log(text);
  return EXIT_DONE;
}

function names(): string {
  return [...SUBCOMMANDS.keys()].join(", ");
}

function help(): string {
  const rows = [...SUBCOMMANDS].map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`);
  return `Usage: linesvr SUBCOMMAND …

linesvr serves line n of an immutable text file of any size over TCP.

Subcommands:
${rows.join("\n")}

"linesvr SUBCOMMAND --help" shows a subcommand's options, "linesvr --version" the version.`;
}
