import process from "node:process";
import type { ExpectedLines } from "./expected_lines.ts";
import { LoadClient } from "./load_client.ts";
import { LoadTally } from "./load_tally.ts";
import { RandomLineNumbers } from "./random_line_numbers.ts";
import { type LoadLimit, RequestBudget } from "./request_budget.ts";
import type { ServerAddress } from "../../src/client/server_address.ts";
import type { WireProtocol } from "../../src/client/wire_protocol.ts";

/** What a run is to do. */
export interface LoadRunOptions {
  /** Whom to ask. */
  readonly address: ServerAddress;
  /** How to ask. */
  readonly wire: WireProtocol;
  /** When to end. */
  readonly limit: LoadLimit;
  /** How many clients, 1 or more. */
  readonly clientCount: number;
  /** How many requests each client sends at once, 1 or more. */
  readonly pipeline: number;
  /** After how many requests a client opens another connection; `Infinity` for never. */
  readonly reconnectAfter: number;
  /** Chooses the lines that are asked for, 0 to 2^53 - 1. */
  readonly seed: number;
  /** After how long without a byte from the server a connection has failed; found within twice that. */
  readonly timeoutMs: number;
}

/** What came of a run. */
export interface LoadResult {
  /** What the clients counted. */
  readonly tally: LoadTally;
  /** From the first request to the last reply. Opening the first connections is not in it. */
  readonly elapsedMs: number;
  /** Processor time of this process in that time, all its threads, in microseconds. */
  readonly ownCpuUs: number;
}

/**
 * Asks a server for random lines with many clients at once and compares every answer.
 *
 * - All clients connect before the first asks.
 * - Replies still owed when the time is over are waited for.
 * - What goes wrong is in the result: this rejects only where the program itself is at fault.
 *
 * @param options What to do.
 * @param lines What the answers must be; one line or more.
 */
export async function runLoad(options: LoadRunOptions, lines: ExpectedLines): Promise<LoadResult> {
  const tally = new LoadTally();
  const { clientCount, seed, timeoutMs } = options;
  const clients = RandomLineNumbers.forClients(clientCount, lines.lineCount, seed).map(
    (lineNumbers) => new LoadClient({ ...options, lines, lineNumbers, tally }),
  );
  const watch = setInterval(() => clients.forEach((client) => client.closeIfStalled()), timeoutMs);
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const startedMs = performance.now();
    const cpuBefore = process.cpuUsage();
    const budget = new RequestBudget(options.limit);
    await Promise.all(clients.map((client) => client.run(budget)));
    const { user, system } = process.cpuUsage(cpuBefore);
    return { tally, elapsedMs: performance.now() - startedMs, ownCpuUs: user + system };
  } finally {
    clearInterval(watch);
  }
}
