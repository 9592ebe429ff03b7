import config from "../../deno.json" with { type: "json" };
import { withoutUrlSecrets } from "../source/remote/url_secrets.ts";
import { EXIT_DONE, type Subcommand, UsageError } from "./subcommand.ts";
import { ignoreHangup } from "./terminal/interrupt.ts";
import { runProgram } from "./run_program.ts";
import { stderrLog } from "./terminal/stderr_log.ts";
import { ClosedOutputError, printLine } from "./terminal/stdout.ts";

interface Entry {
  readonly summary: string;
  /** Loads what the subcommand needs, and no other one. */
  readonly load: () => Promise<Subcommand>;
}

const SUBCOMMANDS: ReadonlyMap<string, Entry> = new Map([
  ["index", {
    summary: "build the index of a file",
    load: async () => (await import("./commands/index_command.ts")).indexCommand,
  }],
  ["serve", {
    summary: "serve the lines of a file over TCP and HTTP",
    load: async () => (await import("./commands/serve_command.ts")).serveCommand,
  }],
  ["get", {
    summary: "print lines, without a server",
    load: async () => (await import("./commands/get_command.ts")).getCommand,
  }],
  ["count", {
    summary: "print the number of lines",
    load: async () => (await import("./commands/count_command.ts")).countCommand,
  }],
  ["verify", {
    summary: "compare every line of a file with the index",
    load: async () => (await import("./commands/verify_command.ts")).verifyCommand,
  }],
  ["compress", {
    summary: "compress a file so that its lines can still be read",
    load: async () => (await import("./commands/compress_command.ts")).compressCommand,
  }],
]);

/**
 * Runs the program: picks the subcommand, and turns what it throws into one line for people.
 *
 * @param args the command line's words, without the program's name
 * @returns the exit code: 0 done, 1 what was asked for failed, 2 the command line was wrong
 */
export async function run(args: readonly string[]): Promise<number> {
  using _ignoring = ignoreHangup();
  const code = await runProgram(
    "linesvr",
    () => dispatch(args),
    (line) => stderrLog.log(withoutUrlSecrets(line)),
  );
  await stderrLog.flush();
  return code;
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError(`No subcommand. Use one of: ${names()}.`);
  if (name === "--version") return print(`linesvr ${config.version}`);
  const [topic] = rest;
  const isTopic = name === "help" && topic !== undefined && !isHelpFlag(topic);
  if (isTopic) return print((await load(topic)).help);
  if (name === "help" || isHelpFlag(name)) return print(help());
  const subcommand = await load(name);
  return asksForHelp(rest) ? print(subcommand.help) : await subcommand.run(rest);
}

async function load(name: string): Promise<Subcommand> {
  const entry = SUBCOMMANDS.get(name);
  if (entry !== undefined) return await entry.load();
  throw new UsageError(`Unknown subcommand: ${name}. Use one of: ${names()}.`);
}

// After `--` there are no flags.
function asksForHelp(args: readonly string[]): boolean {
  const dashes = args.indexOf("--");
  return (dashes < 0 ? args : args.slice(0, dashes)).some(isHelpFlag);
}

function isHelpFlag(arg: string): boolean {
  return arg === "--help" || arg === "-h";
}

async function print(text: string): Promise<number> {
  try {
    await printLine(text);
  } catch (error) {
    if (!(error instanceof ClosedOutputError)) throw error;
  }
  return EXIT_DONE;
}

function names(): string {
  return [...SUBCOMMANDS.keys()].join(", ");
}

function help(): string {
  const rows = [...SUBCOMMANDS].map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`);
  return `Usage: linesvr SUBCOMMAND [arguments]

linesvr returns lines of a file by number over TCP and HTTP.

Subcommands:
${rows.join("\n")}

"linesvr SUBCOMMAND --help" shows the options of a subcommand. "linesvr --version" shows the version.`;
}
