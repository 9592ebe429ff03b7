import { parseArgs } from "@std/cli/parse-args";
import { parseChoice, parseInteger } from "../../src/cli/command_line.ts";
import { parseDuration } from "../../src/cli/duration.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import type { LoadRunOptions } from "./load_run.ts";
import { lineWire } from "../../src/client/line_wire.ts";
import { redisWire } from "./redis_wire.ts";
import type { LoadLimit } from "./request_budget.ts";
import { parseServerAddress, type ServerAddress } from "../../src/client/server_address.ts";
import type { WireProtocol } from "../../src/client/wire_protocol.ts";

/** What the user asked for. */
export type LoadCommand =
  | { readonly kind: "help" }
  | {
    readonly kind: "load";
    /** The file that the server serves. */
    readonly path: string;
    /** Whether the lines are put into Redis first. */
    readonly isFillWanted: boolean;
    /** Whether the result is printed as JSON. */
    readonly isJsonWanted: boolean;
    /** What the run is to do. */
    readonly run: LoadRunOptions;
  };

/** The flags, for `--help`. */
export const HELP = `Ask a server for random lines of FILE and compare every answer with it.

Usage: deno task load HOST:PORT --file FILE [options]

  --file FILE           what the server serves, 1 GiB at most; it is held in memory
  --clients N           connections at once (default 50)
  --pipeline N          requests a client sends at once (default 1)
  --duration D          how long to ask: 500ms, 30s, 5m (default 5s)
  --requests N          how many requests to send in all, instead of --duration
  --seed N              another number asks for other lines, the same one for the same (default 1)
  --protocol P          line, or redis: GET of the line's number (default line)
  --fill                with --protocol redis: first put all lines into the empty server
  --reconnect-after N   requests after which a client opens another connection (default never)
  --timeout D           longest wait for a byte from the server (default 10s)
  --json                print the result as one JSON object
  --help                show this

Exit codes: 0 every answer was right, 1 one was not or a connection failed, 2 wrong command line.`;

const WIRES: Readonly<Record<"line" | "redis", WireProtocol>> = {
  line: lineWire,
  redis: redisWire,
};

const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Reads the words of the command line.
 *
 * @param args The words behind the program's name.
 * @throws {UsageError} They make no sense: an unknown flag, a number that is none, no file.
 */
export function parseCommandLine(args: readonly string[]): LoadCommand {
  const flags = parseFlags(args);
  if (flags.help) return { kind: "help" };
  const protocol = parseChoice(flags.protocol, "--protocol", ["line", "redis"] as const);
  if (flags.fill && protocol !== "redis") {
    throw new UsageError(`--fill is for redis only: --protocol ${protocol}: leave one of them out`);
  }
  const reconnectAfter = flags["reconnect-after"];
  return {
    kind: "load",
    path: flags.file || fail("No file named: --file: name the file that the server serves"),
    isFillWanted: flags.fill,
    isJsonWanted: flags.json,
    run: {
      address: parseOneAddress(flags._.map(String)),
      wire: WIRES[protocol],
      limit: parseLimit(flags.duration, flags.requests),
      clientCount: parseInteger(flags.clients, "--clients", 1, 10_000),
      pipeline: parseInteger(flags.pipeline, "--pipeline", 1, 10_000),
      reconnectAfter: reconnectAfter === undefined
        ? Infinity
        : parseInteger(reconnectAfter, "--reconnect-after", 1, COUNT_MAX),
      seed: parseInteger(flags.seed, "--seed", 0, COUNT_MAX),
      timeoutMs: parseTime(flags.timeout, "--timeout"),
    },
  };
}

// The return type is inferred: it is long, and follows from the names below.
function parseFlags(args: readonly string[]) {
  return parseArgs([...args], {
    string: [
      ...["_", "file", "clients", "pipeline", "duration", "requests", "seed", "protocol"] as const,
      ...["reconnect-after", "timeout"] as const,
    ],
    boolean: ["fill", "json", "help"],
    default: { clients: "50", pipeline: "1", seed: "1", protocol: "line", timeout: "10s" },
    unknown: (arg, key) => {
      if (key !== undefined) fail(`Unknown flag: ${arg}: see --help`);
      return true;
    },
  });
}

function parseOneAddress([text, surplus]: readonly string[]): ServerAddress {
  if (text === undefined) fail("No server named: HOST:PORT: name the one to ask, see --help");
  if (surplus !== undefined) fail(`One word too many: ${surplus}: see --help`);
  return parseServerAddress(text) ??
    fail(`Not HOST:PORT: ${text}: write it as 127.0.0.1:10497 or [::1]:10497`);
}

function parseLimit(duration: string | undefined, requests: string | undefined): LoadLimit {
  if (requests === undefined) {
    return { kind: "duration", durationMs: parseTime(duration ?? "5s", "--duration") };
  }
  if (duration !== undefined) {
    fail(`Both --duration and --requests: ${duration} and ${requests}: give one of them`);
  }
  return { kind: "requests", requestCount: parseInteger(requests, "--requests", 1, COUNT_MAX) };
}

function parseTime(text: string, flag: string): number {
  const ms = parseDuration(text, flag);
  return ms > 0 ? ms : fail(`Too short for ${flag}: ${text}: take 1ms or more`);
}

function fail(message: string): never {
  throw new UsageError(message);
}
