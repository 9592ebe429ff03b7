/**
 * The load tester: `deno task load HOST:PORT [options]`. Its manual is docs/load.md.
 *
 * @module
 */
import { EXIT_DONE } from "../src/cli/subcommand.ts";
import { runProgram } from "../src/cli/run_program.ts";
import { HELP, loadCommand } from "./load/cli/load_command.ts";
import { withoutPasswords } from "./load/cli/redis_password.ts";
import type { ProgramOutput } from "./load/cli/load_display.ts";

const CONSOLE: ProgramOutput = {
  print: console.log,
  warn: console.error,
  columns(of) {
    const isTerminal = (of === "print" ? Deno.stdout : Deno.stderr).isTerminal();
    // Some terminals do not know their size, and report 0.
    return isTerminal ? Deno.consoleSize().columns || undefined : undefined;
  },
};

/** Runs the load tester in this process, and returns its exit code. */
export function run(args: readonly string[], output: ProgramOutput = CONSOLE): Promise<number> {
  return runProgram("linesvr-load", () => {
    if (!args.includes("--help") && !args.includes("-h")) return loadCommand(args, output);
    output.print(HELP);
    return Promise.resolve(EXIT_DONE);
  }, (line) => output.warn(withoutPasswords(line)));
}

if (import.meta.main) Deno.exit(await run(Deno.args));
