import type { CommandLine } from "../bench/run_process.ts";
import type { BenchContext } from "./bench_context.ts";
import type { Processes } from "./processes.ts";
import { taskCommand } from "../bench/task_command.ts";

/** A server that is listening. */
export interface BenchServer {
  /** What it is called in the table. */
  readonly label: string;
  /** Where, as the load tester takes it. */
  readonly address: string;
  /** What the system calls its process. */
  readonly pid: number;
}

/**
 * Starts the server that is measured.
 *
 * @param label what it is called in the table
 * @param flags further words of its command line
 * @throws {Error} (as a rejection) where it does not come to listen
 */
export function startServer(
  { settings, processes }: BenchContext,
  label: string,
  textPath: string,
  flags: readonly string[] = [],
): Promise<BenchServer> {
  const own = ["serve", textPath, "--port", "0", "--quiet"];
  return whenListening(processes, label, [...settings.program, ...own, ...flags]);
}

/**
 * Starts a server that answers the same without streams; see `bare_server.ts`.
 *
 * @param label what it is called in the table
 * @throws {Error} (as a rejection) where it does not come to listen
 */
export function startBareServer(
  { processes }: BenchContext,
  label: string,
  textPath: string,
): Promise<BenchServer> {
  const program = taskCommand("serve", "tools/bench_serve/bare_server.ts");
  return whenListening(processes, label, [...program, textPath]);
}

async function whenListening(
  processes: Processes,
  label: string,
  command: CommandLine,
): Promise<BenchServer> {
  const server = processes.start(command);
  const [, address] = await server.line(server.output, /^listening on (\S+)$/);
  return { label, address: address!, pid: server.pid };
}
