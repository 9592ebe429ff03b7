import config from "../../../deno.json" with { type: "json" };
import { Counters } from "../../metrics/counters.ts";
import { claimAddress } from "../../server/address_claim.ts";
import { describeListener } from "../../server/listener.ts";
import { EOLS } from "../../protocol/line/line_encoder.ts";
import { openServer, type RunningServer, type ServeOptions } from "../../server/open_server.ts";
import { WorkerPool, WORKERS_MAX } from "../../server/workers/worker_pool.ts";
import { describeFiles } from "../../source/messages.ts";
import { isRemote, locationName } from "../../source/remote/remote_location.ts";
import { awaitShutdown } from "./await_shutdown.ts";
import { RAW_HELP } from "./check_text.ts";
import { parseChoice, parseCommandLine, parseInteger } from "../command_line.ts";
import { parseHttpOptions } from "./http_options.ts";
import { formatLines, formatSize, parseDuration, parseSize } from "../units.ts";
import { EXIT_DONE, EXIT_FAILED, type Subcommand, UsageError } from "../subcommand.ts";
import { onRepeatedInterrupt } from "../terminal/interrupt.ts";
import { assertFitsMemory, machineMemoryBytes } from "./machine_memory.ts";
import { expandFiles, FILES_HELP } from "./file_arguments.ts";
import { INDEX_HELP, type IndexedFile, withIndexPaths } from "./index_paths.ts";
import { assertCanStart, openFilesPerWorker } from "./open_files.ts";
import { TRUST_INDEX_HELP } from "./prepare_index.ts";
import { type PreparedFile, prepareIndexes } from "./prepare_indexes.ts";
import { stderrLog } from "../terminal/stderr_log.ts";
import { ClosedOutputError, printLine } from "../terminal/stdout.ts";
import { openWatched, type Watched, watchText } from "./watch_text.ts";

const PORT_MAX = 65_535;
// More workers take memory, and seldom help.
const WORKERS_DEFAULT_MAX = 8;
const CONNECTIONS_MAX = 1_000_000;

/** `linesvr serve FILE…`: serves the lines of files over TCP and HTTP. */
export const serveCommand: Subcommand = {
  help: `Usage: linesvr serve FILE... [options]

Serves the lines of FILE over TCP, and over HTTP with --http. If an index is missing or out of date, the
index is built first. When the server is ready, it prints one line with its address on standard output. On
SHUTDOWN, SIGTERM or Ctrl-C, the server answers the commands that it has read, then exits. On a second
SIGTERM or Ctrl-C, at least half a second later, the server exits immediately.

${FILES_HELP}

Options:
  --index PATH          ${INDEX_HELP}
  --host H              address to listen on; 0.0.0.0 for all IPv4 addresses (default: 127.0.0.1)
  --port P              port to listen on; 0 for a free port (default: 10497)
  --http HOST:PORT      also serve HTTP, on HOST:PORT or 127.0.0.1:PORT: lines, a page for browsers, metrics
                        (default: off)
  --cors ORIGIN         with --http: let web pages of ORIGIN read answers; * for all; can be repeated
  --allow-host NAME     with --http: also answer requests to this host name; can be repeated
  --workers N           number of workers (threads), 1 to 256 (default: one per core, at most 8)
  --cache SIZE          memory for parts of the file and the index, for all workers together
                        (default: 64MiB)
  --max-connections N   maximum number of connections; further clients wait (default: 16,384)
  --idle-timeout D      disconnect clients that neither send nor read anything for this time;
                        0 for never (default: 5m)
  --drain-timeout D     during a shutdown, disconnect the clients that have not read all their replies
                        after this time (default: 30s)
  --on-change WHAT      when a file has changed: refuse (answer each GET of its lines with an error) or exit
                        (shut down with exit code 1, for a supervisor to restart) (default: refuse)
  --eol EOL             line ending in replies: lf, crlf, or crlf-status, which ends statuses with
                        CRLF and lines of the file with LF (default: lf)
  --shutdown WHO        clients that may send SHUTDOWN: loopback, any or off (default: loopback)
  --trust-index         ${TRUST_INDEX_HELP}
  --raw                 ${RAW_HELP}
  --quiet               print only errors and the address
  --help                show this text

Examples of sizes are 64KiB and 1GiB. Examples of durations are 500ms, 30s and 5m.`,
  run,
};

const DEFAULTS = {
  host: "127.0.0.1",
  port: "10497",
  cache: "64MiB",
  "max-connections": "16384",
  "idle-timeout": "5m",
  "drain-timeout": "30s",
  "on-change": "refuse",
  eol: "lf",
  shutdown: "loopback",
} as const;

interface PreparedOptions extends CommandOptions {
  readonly files: readonly PreparedFile[];
}

/** What the server does when a file has changed: it answers with errors, or it exits. */
type OnChange = "refuse" | "exit";

interface CommandOptions extends Omit<ServeOptions, "files" | "openFilesMax" | "unpackThreadsMax"> {
  readonly files: readonly IndexedFile[];
  readonly drainTimeoutMs: number;
  readonly onChange: OnChange;
  readonly workers: number;
  readonly raw: boolean;
  readonly trustIndex: boolean;
  readonly quiet: boolean;
}

async function run(args: readonly string[]): Promise<number> {
  const given = await parseOptions(args);
  // Building may take minutes; it is not started for an address that is taken.
  using claims = new DisposableStack();
  const claimed = claimAddresses(given, claims);
  const files = await prepareIndexes({ ...given, ifUnwritable: "use old index" });
  for (const { checked, notExtended } of files) {
    if (notExtended === undefined) continue;
    const indexed = formatLines(checked.header.lines);
    log(`${notExtended.message} Until then, only the ${indexed} of the index are served.`);
  }
  const options: PreparedOptions = { ...claimed, files };
  const interruption = Promise.withResolvers<void>();
  // A client that reads slowly could keep the server from stopping.
  using _listening = onRepeatedInterrupt(interruption.resolve, stopAtOnce);
  // Opened before the workers open it: no change is missed.
  await using watched = options.onChange === "exit" ? await openWatched(files) : undefined;
  const server = await Promise.race([start(options), interruption.promise]);
  // Nobody was served yet; the threads end with the process.
  if (server === undefined) return EXIT_DONE;
  interruption.promise.then(() => server.shutDown());
  if (!options.quiet) log(describe(options));
  await announce(server);
  // A new server can start while this one sends its last replies.
  server.stoppedListening.then(() => claims.dispose());
  return await serveUntilShutdown(server, watched, options);
}

// No other linesvr takes the addresses until the claims are released.
function claimAddresses(given: CommandOptions, claims: DisposableStack): CommandOptions {
  const { hostname, port } = claims.use(claimAddress(given.hostname, given.port));
  const { http } = given;
  if (http === undefined) return { ...given, hostname, port };
  const claim = claims.use(claimAddress(http.hostname, http.port, undefined, "http"));
  return {
    ...given,
    hostname,
    port,
    http: { ...http, hostname: claim.hostname, port: claim.port },
  };
}

// If the line cannot be written, a supervisor would wait for it without end, so the server shuts down. If the reader
// has closed standard output, it does not need the line.
async function announce(server: RunningServer): Promise<void> {
  const lines = server.addresses.map(describeListener);
  try {
    // A write to a full pipe that nobody reads never ends.
    await Promise.race([printLine(lines.join("\n")), server.shutdownBegun, server.finished]);
  } catch (error) {
    if (error instanceof ClosedOutputError) return;
    server.shutDown();
    await server.finished;
    throw error;
  }
}

async function serveUntilShutdown(
  server: RunningServer,
  watched: Watched | undefined,
  { drainTimeoutMs, quiet }: CommandOptions,
): Promise<number> {
  let change: Error | undefined;
  const stopForChange = (error: Error) => {
    change = error;
    server.shutDown();
  };
  using _watch = watched === undefined ? undefined : watchText(watched, stopForChange);
  // A server that fails has finished without a shutdown.
  await Promise.race([server.shutdownBegun, server.finished]);
  await awaitShutdown(server, { drainTimeoutMs, notify: quiet ? () => {} : log, log });
  if (change !== undefined) throw change;
  return EXIT_DONE;
}

function log(message: string): void {
  stderrLog.log(message);
}

function describe({ files, workers, cacheBytes }: PreparedOptions): string {
  const name = describeFiles(files.map(({ textPath }) => locationName(textPath)));
  const lines = files.reduce((sum, { checked }) => sum + checked.header.lines, 0);
  const bytes = files.reduce((sum, { checked }) => sum + checked.header.textBytes, 0);
  return `serving ${name}: ${formatLines(lines)}, ${formatSize(bytes)}; workers: ${workers}, ` +
    `cache: ${formatSize(cacheBytes)}`;
}

async function stopAtOnce(): Promise<never> {
  stderrLog.log("Stopped at once. Replies may be missing.");
  await stderrLog.flush();
  Deno.exit(EXIT_FAILED);
}

// No worker counts them.
function countDroppedMessages(memory: SharedArrayBuffer): void {
  const counters = new Counters(memory, 0);
  stderrLog.onDropped = () => counters.add("dropped_messages", 1);
}

async function start(options: PreparedOptions): Promise<RunningServer> {
  if (options.http !== undefined) countDroppedMessages(options.http.counters);
  const {
    workers,
    quiet: _quiet,
    raw: _raw,
    trustIndex: _trustIndex,
    drainTimeoutMs: _drain,
    onChange: _onChange,
    files: prepared,
    ...others
  } = options;
  const [{ indexPath }] = prepared as [PreparedFile];
  const localPath = isRemote(indexPath) ? "/dev/null" : indexPath;
  const files = prepared.map(({ textPath, indexPath, checked }) => ({
    textPath,
    indexPath,
    checked,
  }));
  const openFilesMax = files.length === 1
    ? undefined
    : openFilesPerWorker(files.length, workers, localPath);
  const serveOptions: ServeOptions = { ...others, files, openFilesMax };
  if (workers === 1) return await openServer(serveOptions, { log });
  assertCanStart(workers, localPath);
  return await WorkerPool.start(serveOptions, workers, { log });
}

async function parseOptions(args: readonly string[]): Promise<CommandOptions> {
  const { positionals, values, lists, switches } = parseCommandLine(args, {
    command: "linesvr serve",
    positionals: ["FILE"],
    lastPositional: "repeatable",
    values: ["index", "workers", "http", ...Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]],
    lists: ["cors", "allow-host"],
    switches: ["trust-index", "raw", "quiet"],
  });
  const given = { ...DEFAULTS, ...values };
  const workers = values.workers === undefined
    ? Math.min(navigator.hardwareConcurrency, WORKERS_DEFAULT_MAX)
    : parseInteger(values.workers, "--workers", 1, WORKERS_MAX);
  const port = parseInteger(given.port, "--port", 0, PORT_MAX);
  const http = parseHttpOptions(values.http, lists, workers);
  if (port !== 0 && http?.port === port && http.hostname === given.host) {
    throw new UsageError(`--http and --port must be different ports, not both ${port}.`);
  }
  return {
    hostname: given.host,
    port,
    workers,
    http,
    cacheBytes: parseCache(given.cache),
    maxConnections: parseInteger(
      given["max-connections"],
      "--max-connections",
      1,
      CONNECTIONS_MAX,
    ),
    idleTimeoutMs: parseDuration(given["idle-timeout"], "--idle-timeout"),
    drainTimeoutMs: parseDuration(given["drain-timeout"], "--drain-timeout"),
    onChange: parseChoice(given["on-change"], "--on-change", ["refuse", "exit"]),
    eol: parseChoice(given.eol, "--eol", EOLS),
    shutdownPolicy: parseChoice(given.shutdown, "--shutdown", ["loopback", "any", "off"]),
    raw: switches.raw,
    trustIndex: switches["trust-index"],
    quiet: switches.quiet,
    version: config.version,
    // Last, because it may ask a server.
    files: withIndexPaths(await expandFiles(positionals), values.index),
  };
}

function parseCache(text: string): number {
  const cacheBytes = parseSize(text, "--cache");
  assertFitsMemory(cacheBytes, machineMemoryBytes());
  return cacheBytes;
}
