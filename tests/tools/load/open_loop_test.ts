import { assert, assertEquals } from "@std/assert";
import { runLoadHere } from "../../support/load_program.ts";
import { TestServer } from "../../support/load_server.ts";

const STALL_MS = 300;

/** Answers at once, but for one standstill of all connections, which begins with a certain request. */
function stallingServer(atRequest: number): TestServer {
  let requestCount = 0;
  let standstill: Promise<void> | undefined;
  return new TestServer({
    answer: () => "OK\nx\n",
    before: () => {
      requestCount++;
      if (requestCount === atRequest) {
        standstill = new Promise((resolve) => setTimeout(resolve, STALL_MS));
      }
      return standstill;
    },
  });
}

// Of 400 requests in 2 s, 60 become due in the standstill, and wait for 150 ms on average. Only the 4
// that are under way when it begins see it without correction.
Deno.test("A server's standstill shows in the open loop's latency, and not in the uncorrected one", async () => {
  await using server = stallingServer(100);
  const args = ["--rate", "200", "--duration", "2s", "--clients", "4", "--lines", "1"];
  const { code, step, log } = await runLoadHere(server.address, ...args);
  const { requests, latency, uncorrected, elapsedMs } = step();
  assertEquals([code, requests, latency?.count, uncorrected?.count], [0, 400, 400, 400]);
  assert(log[0]!.includes("p99 sent"));
  assert(latency!.maxMs >= STALL_MS * 0.9);
  // The difference is what requests waited before they were sent: a slow machine only adds to it.
  const correctionMs = (latency!.averageMs - uncorrected!.averageMs) * 400;
  assert(correctionMs >= 50 * STALL_MS / 2, `${correctionMs} ms`);
  assert(elapsedMs >= 1_990, `${elapsedMs} ms`);
});

Deno.test("In an open loop no request is sent before it is due", async () => {
  const receivedMs: number[] = [];
  await using server = new TestServer(() => {
    receivedMs.push(performance.now());
    return "OK\nx\n";
  });
  const args = ["--rate", "100", "--requests", "5", "--clients", "4", "--lines", "1"];
  const { code, step } = await runLoadHere(server.address, ...args);
  assertEquals([code, step().requests], [0, 20]);
  const sinceFirstMs = receivedMs.map((ms) => ms - receivedMs[0]!);
  // The first may itself have come late, by less than the distance of ten milliseconds.
  sinceFirstMs.forEach((ms, i) => assert(ms > (i - 1) * 10, `request ${i} after ${ms} ms`));
});
