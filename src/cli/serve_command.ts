import { readHeader } from "../index/index_file.ts";
import { oneLine } from "../protocol/one_line.ts";
import { formatAddress } from "../server/listen_error.ts";
import { assertIsFree } from "../server/open_listener.ts";
import { openServer, type RunningServer, type ServeOptions } from "../server/open_server.ts";
import { WorkerPool, WORKERS_MAX } from "../server/workers/worker_pool.ts";
import { parseChoice, parseCommandLine, parseInteger } from "./command_line.ts";
import { parseDuration } from "./duration.ts";
import { EXIT_DONE, EXIT_FAILED } from "./exit_code.ts";
import { onRepeatedInterrupt } from "./interrupt.ts";
import { indexPathOf, prepareIndex } from "./prepare_index.ts";
import { formatLines } from "./line_count.ts";
import { formatSize, parseSize } from "./size.ts";
import type { Subcommand } from "./subcommand.ts";

const PORT_MAX = 65_535;
const CONNECTIONS_MAX = 1_000_000;

/** `linesvr serve FILE`: serves the lines of a text over TCP. */
export const serveCommand: Subcommand = {
  help: `Usage: linesvr serve FILE [options]

Serves the lines of FILE over TCP, after building its index where that is missing or stale. When it is
ready it prints one line that ends with its address. SHUTDOWN, SIGTERM or Ctrl-C ends it, once every
client has what it is owed; Ctrl-C once more, half a second later or after, ends it at once.

Options:
  --index PATH          where the index is, or is to be (default: FILE.lineidx)
  --host H              the address to listen on (default: 127.0.0.1; 0.0.0.0 is every one)
  --port P              the port to listen on; 0 takes a free one (default: 10497)
  --workers N           threads that serve, 1 to 256, sharing the port and the memory for text and
                        index (default: one for each processor)
  --cache SIZE          memory for text and index, of all workers together (default: 64MiB)
  --max-connections N   connections at a time; further clients wait (default: 16384)
  --idle-timeout D      close a client that neither sends nor takes anything for so long; 0 for never
                        (default: 5m)
  --eol lf|crlf         what ends status and line in a reply (default: lf)
  --shutdown WHO        who may end the server with SHUTDOWN: loopback, any or off (default: loopback)
  --quiet               say nothing but errors and the address
  --help                show this text

Sizes are written as 64KiB or 1GiB, durations as 500ms, 30s or 5m.`,
  run,
};

const DEFAULTS = {
  host: "127.0.0.1",
  port: "10497",
  cache: "64MiB",
  "max-connections": "16384",
  "idle-timeout": "5m",
  eol: "lf",
  shutdown: "loopback",
} as const;

interface CommandOptions extends ServeOptions {
  readonly workers: number;
  readonly quiet: boolean;
}

async function run(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const { hostname, port } = options;
  // The building may take minutes, which are not to be in vain.
  await prepareIndex({ ...options, beforeBuild: () => assertIsFree(hostname, port) });
  const interrupted = new AbortController();
  // Who takes what is owed slowly enough could keep the server for ever.
  using _listening = onRepeatedInterrupt(() => interrupted.abort(), endAtOnce);
  const description = describe(options);
  const server = await start(options);
  interrupted.signal.addEventListener("abort", () => server.shutDown());
  if (interrupted.signal.aborted) server.shutDown();
  if (!options.quiet) console.error(oneLine(description));
  console.log(`listening on ${formatAddress(server.hostname, server.port)}`);
  await server.finished;
  return EXIT_DONE;
}

function describe({ textPath, indexPath, workers, cacheBytes }: CommandOptions): string {
  const { lines, textBytes } = readHeader(indexPath);
  return `serving ${textPath}: ${formatLines(lines)}, ${
    formatSize(textBytes)
  }; workers: ${workers}, ` +
    `cache: ${formatSize(cacheBytes)}`;
}

function endAtOnce(): never {
  console.error("Interrupted again: ended without sending what is owed");
  Deno.exit(EXIT_FAILED);
}

async function start(options: CommandOptions): Promise<RunningServer> {
  const { workers, quiet: _quiet, ...serveOptions } = options;
  const log = (message: string) => console.error(message);
  if (workers === 1) return openServer(serveOptions, { log });
  return await WorkerPool.start(serveOptions, workers, log);
}

function parseOptions(args: readonly string[]): CommandOptions {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr serve",
    positionals: ["FILE"],
    values: ["index", "workers", ...Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]],
    switches: ["quiet"],
  });
  const given = { ...DEFAULTS, ...values };
  const textPath = positionals[0]!;
  return {
    textPath,
    indexPath: indexPathOf(textPath, values.index),
    hostname: given.host,
    port: parseInteger(given.port, "--port", 0, PORT_MAX),
    workers: values.workers === undefined
      ? Math.min(navigator.hardwareConcurrency, WORKERS_MAX)
      : parseInteger(values.workers, "--workers", 1, WORKERS_MAX),
    cacheBytes: parseSize(given.cache, "--cache"),
    maxConnections: parseInteger(
      given["max-connections"],
      "--max-connections",
      1,
      CONNECTIONS_MAX,
    ),
    idleTimeoutMs: parseDuration(given["idle-timeout"], "--idle-timeout"),
    eol: parseChoice(given.eol, "--eol", ["lf", "crlf"]),
    shutdownPolicy: parseChoice(given.shutdown, "--shutdown", ["loopback", "any", "off"]),
    quiet: switches.quiet,
  };
}
