import { assert, assertEquals } from "@std/assert";
import { parseServerAddress } from "../../../src/client/server_address.ts";
import { runLoad } from "../../../tools/load/measure/run_load.ts";
import { runLoadHere } from "../../support/load_program.ts";
import { TestServer } from "../../support/load_server.ts";

const STALL_MS = 300;

/** Answers at once, except for one stall of all connections, which starts with a given request. */
function stallingServer(atRequest: number): TestServer {
  let requestCount = 0;
  let stall: Promise<void> | undefined;
  return new TestServer({
    answer: () => "OK\nx\n",
    before: () => {
      requestCount++;
      if (requestCount === atRequest) {
        stall = new Promise((resolve) => setTimeout(resolve, STALL_MS));
      }
      return stall;
    },
  });
}

// Of 400 requests in 2 s, 60 become due during the stall and wait for 150 ms on average. Without
// correction, only the 4 requests in flight show it.
Deno.test("--rate shows a stall of the server in the latency, and not in the uncorrected latency", async () => {
  await using server = stallingServer(100);
  const args = ["--rate", "200", "--duration", "2s", "--clients", "4", "--lines", "1"];
  const { code, step, log } = await runLoadHere(server.address, ...args);
  const { requests, latency, uncorrected, elapsedMs } = step();
  assertEquals([code, requests, latency?.count, uncorrected?.count], [0, 400, 400, 400]);
  assert(log[0]!.includes("p99 sent"));
  assert(latency!.maxMs >= STALL_MS * 0.9);
  // The difference is how long requests waited before they were sent; a slow machine increases it.
  const correctionMs = (latency!.averageMs - uncorrected!.averageMs) * 400;
  assert(correctionMs >= 50 * STALL_MS / 2, `${correctionMs} ms`);
  assert(elapsedMs >= 1_990, `${elapsedMs} ms`);
});

Deno.test("--rate sends no request before it is due", async () => {
  const receivedMs: number[] = [];
  await using server = new TestServer(() => {
    receivedMs.push(performance.now());
    return "OK\nx\n";
  });
  const args = ["--rate", "100", "--requests", "5", "--clients", "4", "--lines", "1"];
  const { code, step } = await runLoadHere(server.address, ...args);
  assertEquals([code, step().requests], [0, 20]);
  const sinceFirstMs = receivedMs.map((ms) => ms - receivedMs[0]!);
  // The first request may itself be late, by less than the interval of ten milliseconds.
  sinceFirstMs.forEach((ms, i) => assert(ms > (i - 1) * 10, `request ${i} after ${ms} ms`));
});

Deno.test("runLoad ends at once when aborted while requests are not due yet", async () => {
  const aborting = new AbortController();
  await using server = new TestServer(() => {
    // A turn later, so that the client has received the reply.
    setTimeout(() => aborting.abort(), 50);
    return "OK\nx\n";
  });
  const address = parseServerAddress(server.address)!;
  const startedMs = performance.now();
  const report = await runLoad({
    targets: [{ label: "a", address, protocol: "line" }],
    ...{ clients: [4], pattern: "random", seed: 1, pipeline: 1, requests: 100, durationMs: null },
    command: "get",
    ...{ ratePerSecond: 0.001, reconnectAfter: Infinity, timeoutMs: 10_000 },
  }, { lineCount: 1, signal: aborting.signal });
  assertEquals([report.isCutShort, report.targets[0]!.steps[0]!.requests], [true, 1]);
  assert(performance.now() - startedMs < 10_000);
});
