/**
 * Asks a server for random lines and compares every answer, byte for byte, with the file:
 * `deno task load HOST:PORT --file FILE [options]`, see `--help`.
 *
 * Exit codes: 0 every answer was right, 1 one was not or something failed, 2 the command line was
 * wrong.
 *
 * @module
 */

import { UsageError } from "../src/cli/usage_error.ts";
import { HELP, type LoadCommand, parseCommandLine } from "./load/command_line.ts";
import { ExpectedLines } from "./load/expected_lines.ts";
import { LoadFailure } from "./load/load_failure.ts";
import { formatProblems, formatResult, makeReport } from "./load/load_report.ts";
import { runLoad } from "./load/load_run.ts";
import { fillRedis } from "./load/redis_fill.ts";

async function load(command: LoadCommand & { kind: "load" }, output: Output): Promise<number> {
  const lines = await ExpectedLines.read(command.path);
  if (command.isFillWanted) await fillRedis(command.run.address, lines);
  const report = makeReport(command.run, await runLoad(command.run, lines));
  for (const problem of formatProblems(report)) output.error(problem);
  output.log(command.isJsonWanted ? JSON.stringify(report) : formatResult(report));
  return report.wrong + report.errors > 0 ? 1 : 0;
}

/** Where the program prints: the result with `log`, what went wrong with `error`. */
export type Output = Pick<Console, "log" | "error">;

/**
 * Does what the command line says.
 *
 * @param args The words behind the program's name.
 * @param output Where it prints, line by line.
 * @returns The exit code: 0 every answer was right, 1 one was not or something failed, 2 the command
 * line was wrong.
 *
 * @example Asking for help
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { main } from "./load.ts";
 *
 * assertEquals(await main(["--help"]), 0);
 * ```
 */
export async function main(args: readonly string[], output: Output = console): Promise<number> {
  try {
    const command = parseCommandLine(args);
    if (command.kind === "load") return await load(command, output);
    output.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof LoadFailure)) throw error;
    output.error(error.message.replaceAll(/[\r\n]+/g, " "));
    return error instanceof UsageError ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
