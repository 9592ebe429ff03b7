import { assertEquals } from "@std/assert";
import { LoadDisplay, stepLine } from "../../../../tools/load/cli/load_display.ts";
import { LoadTable } from "../../../../tools/load/cli/load_table.ts";
import { parseServerAddress } from "../../../../src/client/server_address.ts";
import { runLoad } from "../../../../tools/load/measure/run_load.ts";
import { TestServer } from "../../../support/load_server.ts";

/** Runs a step. On a terminal, the server answers only after progress has been drawn. */
async function show(isTerminal: boolean) {
  const written: { rows: string[]; warnings: string[]; drawn: string[] } = {
    rows: [],
    warnings: [],
    drawn: [],
  };
  const drawn = Promise.withResolvers<void>();
  if (!isTerminal) drawn.resolve();
  await using server = new TestServer({ answer: () => "OK\nx\n", before: () => drawn.promise });
  const output = {
    print: (line: string) => void written.rows.push(line),
    warn: (line: string) => void written.warnings.push(line),
  };
  const progress = {
    isTerminal: () => isTerminal,
    writeSync(bytes: Uint8Array): number {
      written.drawn.push(new TextDecoder().decode(bytes));
      drawn.resolve();
      return bytes.length;
    },
  };
  using display = new LoadDisplay(
    new LoadTable({ labels: ["a"], isOpenLoop: false }),
    1,
    output,
    progress,
  );
  const target = {
    label: "a",
    address: parseServerAddress(server.address)!,
    protocol: "line",
  } as const;
  const settings = {
    ...{ pipeline: 1, command: "get", durationMs: null } as const,
    ...{ ratePerSecond: null, timeoutMs: 10_000 },
  };
  await runLoad({
    ...{ targets: [target], clients: [2], pattern: "random", seed: 1, reconnectAfter: Infinity },
    ...{ ...settings, requests: 3 },
  }, { lineCount: 1, observer: display });
  return written;
}

Deno.test("LoadDisplay draws the current step on a terminal in one line, and removes it before the row", async () => {
  const { rows, drawn } = await show(true);
  assertEquals(rows.length, 2);
  assertEquals(drawn[0], "\r\x1b[Kstep 1/1 a: 2 clients [------------------------] 0 replies");
  assertEquals(drawn.at(-1), "\r\x1b[K");
});

Deno.test("LoadDisplay draws nothing if the output is not a terminal", async () => {
  const { rows, drawn } = await show(false);
  assertEquals([rows.length, drawn], [2, []]);
});

Deno.test("stepLine shows how much of the step is done", () => {
  const step = { stepNumber: 7, stepCount: 61, label: "a:1", clientCount: 61, replyCount: 1_234 };
  assertEquals(
    stepLine({ ...step, share: 0.5 }),
    "step 7/61 a:1: 61 clients [############------------] 1,234 replies",
  );
});
