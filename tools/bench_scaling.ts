/**
 * Measures 1 to 4 servers behind HAProxy: `deno task bench:scaling FILE [options]`, see `--help`.
 *
 * @module
 */
import { parseCommandLine, parseInteger } from "../src/cli/command_line.ts";
import { parseDuration } from "../src/cli/units.ts";
import { EXIT_DONE } from "../src/cli/subcommand.ts";
import { runProgram } from "../src/cli/run_program.ts";
import { onInterrupt } from "../src/cli/terminal/interrupt.ts";
import { median, runProcess } from "./bench/measure.ts";
import { taskCommand } from "./bench/task_command.ts";
import { Processes } from "./bench_serve/servers/processes.ts";
import type { LoadReport } from "./load/load_report.ts";

const HELP = `Usage: deno task bench:scaling FILE [options]

Starts four servers of FILE with one worker each, and measures one server directly, and 1, 2, 3 and 4
servers behind HAProxy, in turns. Each reply is compared with FILE. Prints a table in Markdown.

Options:
  --clients N     number of clients (default: 50)
  --pipeline N    pipeline depth (default: 1)
  --runs N        number of runs of each measurement (default: 5)
  --duration D    duration of a run (default: 2s)
  --help          show this text

The benchmark needs HAProxy and Linux.`;

const SERVERS_MAX = 4;
const CLIENTS_MAX = 10_000;
const RUNS_MAX = 1_000;
// Linux counts the processor time of a process in this unit.
const MS_PER_TICK = 10;

interface Target {
  readonly label: string;
  readonly address: string;
  /** The processes whose processor time is counted. */
  readonly pids: readonly number[];
}

interface Run {
  readonly requestsPerSecond: number;
  readonly cpuUsPerRequest: number;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return EXIT_DONE;
  }
  const { positionals: [textPath], values } = parseCommandLine(args, {
    command: "deno task bench:scaling",
    positionals: ["FILE"],
    values: ["clients", "pipeline", "runs", "duration"],
    switches: [],
  });
  const clients = parseInteger(values.clients ?? "50", "--clients", 1, CLIENTS_MAX);
  const depth = parseInteger(values.pipeline ?? "1", "--pipeline", 1, CLIENTS_MAX);
  const runs = parseInteger(values.runs ?? "5", "--runs", 1, RUNS_MAX);
  const durationMs = parseDuration(values.duration ?? "2s", "--duration");
  // The first step of a run is a warm-up.
  const flags = ["--file", textPath!, "--clients", `${clients},${clients}`];
  flags.push("--pipeline", `${depth}`, "--duration", `${durationMs}ms`);

  const abort = new AbortController();
  using _listening = onInterrupt(() => abort.abort(new Error("Interrupted")));
  const directory = await Deno.makeTempDir({ prefix: "bench-scaling-" });
  try {
    await using processes = new Processes(abort.signal);
    const targets = await startTargets(processes, textPath!, directory);
    const measured: Run[][] = targets.map(() => []);
    for (let run = 0; run < runs; run++) {
      for (const [i, target] of targets.entries()) {
        measured[i]!.push(await measure(processes, target, flags, `${directory}/load.json`));
      }
    }
    console.log(table(targets, measured, `${clients} clients, pipeline depth ${depth}`));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return EXIT_DONE;
}

/** Starts the servers and HAProxy. */
async function startTargets(
  processes: Processes,
  textPath: string,
  directory: string,
): Promise<Target[]> {
  await runProcess([...taskCommand("index"), "index", textPath, "--quiet"]);
  const serve = ["serve", textPath, "--port", "0", "--workers", "1", "--quiet"];
  const servers: { readonly address: string; readonly pid: number }[] = [];
  for (let i = 0; i < SERVERS_MAX; i++) {
    const server = processes.start([...taskCommand("serve"), ...serve]);
    const [, address] = await server.line(server.output, /^listening on (\S+)$/);
    servers.push({ address: address!, pid: server.pid });
  }
  const addresses = servers.map(({ address }) => address);
  const fronts = addresses.map(() => freeAddress());
  const path = `${directory}/haproxy.cfg`;
  await Deno.writeTextFile(path, configuration(fronts, addresses));
  const proxy = processes.start(["haproxy", "-db", "-f", path]);
  await proxy.line(proxy.output, /Health check for server lines4\/server4 succeeded/);
  const direct = { label: "1, without HAProxy", address: addresses[0]!, pids: [servers[0]!.pid] };
  const behind = fronts.map((address, i) => ({
    label: `${i + 1}`,
    address,
    pids: [proxy.pid, ...servers.slice(0, i + 1).map(({ pid }) => pid)],
  }));
  return [direct, ...behind];
}

/** The part of `deploy/haproxy.cfg` that matters for speed; front n has servers 1 to n. */
function configuration(fronts: readonly string[], addresses: readonly string[]): string {
  const sections = fronts.map((front, i) => {
    const servers = addresses.slice(0, i + 1)
      .map((address, k) => `  server server${k + 1} ${address} check\n`);
    return `listen lines${i + 1}\n  bind ${front}\n  option redis-check\n${servers.join("")}`;
  });
  return `global
  log stdout format raw local0
defaults
  log global
  mode tcp
  balance leastconn
  option log-health-checks
  timeout connect 5s
  timeout client 1m
  timeout server 1m
${sections.join("")}`;
}

function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

async function measure(
  processes: Processes,
  { address, pids }: Target,
  flags: readonly string[],
  jsonPath: string,
): Promise<Run> {
  const beforeMs = await cpuMs(pids);
  await processes.start([...taskCommand("load"), address, ...flags, "--json", jsonPath]).end();
  const usedMs = await cpuMs(pids) - beforeMs;
  const report: LoadReport = JSON.parse(await Deno.readTextFile(jsonPath));
  const { steps } = report.targets[0]!;
  const requests = steps.reduce((sum, step) => sum + step.requests, 0);
  return {
    requestsPerSecond: steps.at(-1)!.requestsPerSecond,
    cpuUsPerRequest: usedMs * 1_000 / requests,
  };
}

/** The processor time of processes. */
async function cpuMs(pids: readonly number[]): Promise<number> {
  const { output } = await runProcess(["cat", ...pids.map((pid) => `/proc/${pid}/stat`)]);
  let ticks = 0;
  for (const line of new TextDecoder().decode(output).trim().split("\n")) {
    // Fields 14 and 15; the second field, a name in parentheses, may have blanks.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * MS_PER_TICK;
}

function table(targets: readonly Target[], measured: readonly Run[][], title: string): string {
  const rows = targets.map(({ label }, i) => {
    const rates = measured[i]!.map(({ requestsPerSecond }) => requestsPerSecond);
    const rate = [median(rates), Math.min(...rates), Math.max(...rates)]
      .map((one) => Math.round(one).toLocaleString("en-US"));
    const cpu = median(measured[i]!.map(({ cpuUsPerRequest }) => cpuUsPerRequest)).toFixed(1);
    return `| ${label} | ${rate[0]} (${rate[1]}–${rate[2]}) | ${cpu} |`;
  });
  return `| servers (${title}) | requests/s, median (range) | processor time per request in µs |
| --- | --- | --- |
${rows.join("\n")}
`;
}

if (import.meta.main) Deno.exit(await runProgram("bench:scaling", () => main(Deno.args)));
