import type { CommandLine } from "../../bench/measure.ts";
import { taskCommand } from "../../bench/task_command.ts";
import type { BenchContext } from "../bench_row.ts";

/** A running server. */
export interface BenchServer {
  /** Its name in the table. */
  readonly label: string;
  /** Its address, as the load tester takes it. */
  readonly address: string;
  readonly pid: number;
}

/**
 * Starts linesvr.
 *
 * @param flags further arguments of `serve`
 * @param program the command line before `serve`, if it is not that of the settings
 * @throws {Error} (as a rejection) if it does not start to listen
 */
export function startServer(
  context: BenchContext,
  label: string,
  textPath: string,
  flags: readonly string[] = [],
  program: CommandLine = context.settings.program,
): Promise<BenchServer> {
  const serve = ["serve", textPath, "--port", "0", "--quiet"];
  return whenListening(context, label, [...program, ...serve, ...flags]);
}

/**
 * Starts `bare_server.ts`, a server without streams. The index must exist.
 *
 * @throws {Error} (as a rejection) if it does not start to listen
 */
export function startBareServer(
  context: BenchContext,
  label: string,
  textPath: string,
): Promise<BenchServer> {
  const program = taskCommand("serve", { module: "tools/bench_serve/servers/bare_server.ts" });
  return whenListening(context, label, [...program, textPath]);
}

async function whenListening(
  { processes }: BenchContext,
  label: string,
  command: CommandLine,
): Promise<BenchServer> {
  const server = processes.start(command);
  const [, address] = await server.line(server.output, /^listening on (\S+)$/);
  return { label, address: address!, pid: server.pid };
}
