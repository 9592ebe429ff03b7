import { assert, assertEquals } from "@std/assert";
import { Progress, progressLine, type ProgressOutput } from "../../../src/cli/terminal/progress.ts";

class FakeOutput implements ProgressOutput {
  readonly writes: string[] = [];
  readonly #isTerminal: boolean;

  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal;
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }

  writeSync(bytes: Uint8Array): number {
    this.writes.push(new TextDecoder().decode(bytes));
    return bytes.length;
  }
}

Deno.test("Progress draws one line on a terminal, and removes it", () => {
  const output = new FakeOutput(true);
  let nowMs = 0;
  const progress = new Progress("indexing", output, () => nowMs);
  nowMs = 300;
  progress.update(1, 4);
  assertEquals(progress.elapsedMs, 300);
  progress.clear();
  assertEquals(output.writes.length, 2);
  assert(output.writes[0]!.startsWith("\r\x1b[Kindexing [######------------------]  25%"));
  assertEquals(output.writes[1], "\r\x1b[K");
});

Deno.test("Progress draws after 0.3 s for the first time, and then at most ten times a second", () => {
  const output = new FakeOutput(true);
  let nowMs = 0;
  const progress = new Progress("indexing", output, () => nowMs);
  const drawnMs = [];
  for (; nowMs < 600; nowMs++) {
    progress.update(1, 4);
    if (output.writes.length > drawnMs.length) drawnMs.push(nowMs);
  }
  assertEquals(drawnMs, [300, 400, 500]);
});

Deno.test("Progress.clear writes nothing if nothing was drawn", () => {
  const output = new FakeOutput(true);
  new Progress("indexing", output).clear();
  assertEquals(output.writes, []);
});

Deno.test("Progress writes nothing if its output is not a terminal", () => {
  const output = new FakeOutput(false);
  const progress = new Progress("indexing", output);
  progress.update(1, 2);
  progress.clear();
  assertEquals(output.writes, []);
});

Deno.test("progressLine returns a bar, the share, the speed and the time left", () => {
  const lines: readonly (readonly [number, number, number, string])[] = [
    [0, 10, 0, "x [------------------------]   0%  0 B/s"],
    [5e9, 10e9, 2_500, "x [############------------]  50%  1.9 GiB/s  2.5 s left"],
    [999, 1_000, 1_000, "x [########################]  99%  999 B/s  1 ms left"],
    [10, 10, 1, "x [########################] 100%  9.8 KiB/s  0 ms left"],
    [0, 0, 0, "x [########################] 100%  0 B/s  0 ms left"],
    [1e9, 1e12, 1_000, "x [------------------------]   0%  953.7 MiB/s  16 min 39 s left"],
  ];
  for (const [done, all, ms, line] of lines) {
    assertEquals(progressLine("x", done, all, ms, 80), line);
  }
});

Deno.test("progressLine leaves out parts that do not fit into the terminal", () => {
  const lines: readonly (readonly [number, string])[] = [
    [64, "indexing [############------------]  50%  1.9 GiB/s  2.5 s left"],
    [63, "indexing [############------------]  50%  2.5 s left"],
    [53, "indexing [############------------]  50%  2.5 s left"],
    [52, "indexing  50%  2.5 s left"],
    [26, "indexing  50%  2.5 s left"],
    [25, "indexing  50%"],
    [13, " 50%"],
    [4, ""],
    [1, ""],
  ];
  for (const [columns, line] of lines) {
    assertEquals(progressLine("indexing", 5e9, 10e9, 2_500, columns), line, `${columns}`);
  }
  for (let columns = 1; columns < 120; columns++) {
    const { length } = progressLine("verifying", 999e9, 1e12, 86_000_000, columns);
    assert(length < columns, `${length} characters in ${columns} columns`);
  }
});

Deno.test("Progress fits into its terminal after the width changes", () => {
  const output = new FakeOutput(true);
  let nowMs = 0;
  let columns = 80;
  const progress = new Progress("indexing", output, () => nowMs, () => columns);
  for ([nowMs, columns] of [[300, 80], [400, 30], [500, 80]] as const) progress.update(1, 4);
  const widths = output.writes.map((text) => text.length - "\r\x1b[K".length);
  assertEquals(widths, [60, 25, 59]);
});

Deno.test("Progress draws nothing after clear()", () => {
  const output = new FakeOutput(true);
  let nowMs = 0;
  const progress = new Progress("verifying", output, () => nowMs);
  nowMs = 300;
  progress.update(1, 4);
  progress.clear();
  nowMs = 900;
  progress.update(2, 4);
  assertEquals(output.writes.length, 2);
});
