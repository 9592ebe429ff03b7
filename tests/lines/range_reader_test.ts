import { assertEquals, assertLess, assertRejects } from "@std/assert";
import fc from "fast-check";
import { RANGE_CHUNK_BYTES } from "../../src/lines/range_reader.ts";
import type { LineStore } from "../../src/lines/line_store.ts";
import type { RangeSink } from "../../src/lines/lines.ts";
import { concatBytes } from "../support/e2e_bytes.ts";
import { storeOf } from "../support/lines_memory.ts";
import { encode, naiveLines } from "../support/text_fixture.ts";

/** Records a range. It looks at the bytes as late as it may: when the next call has begun. */
class RecordingRange implements RangeSink {
  readonly chunks: Uint8Array[] = [];
  readonly errors: string[] = [];
  /** Whether each chunk was said to have a CR. */
  readonly crs: boolean[] = [];
  #last: Uint8Array | undefined;

  async lines(bytes: Uint8Array, hasCr: boolean): Promise<void> {
    await Promise.resolve();
    this.#take();
    this.#last = bytes;
    this.crs.push(hasCr);
  }

  async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    this.#take();
    const bytes = concatBytes(await Array.fromAsync(content));
    assertEquals(bytes.length, byteLength);
    this.chunks.push(bytes, encode("\n"));
  }

  failed(error: Error): void {
    this.errors.push(error.message);
  }

  /** All lines, with LF for every terminator. */
  get text(): string {
    this.#take();
    return new TextDecoder("latin1").decode(concatBytes(this.chunks)).replaceAll("\r\n", "\n");
  }

  #take(): void {
    if (this.#last !== undefined) this.chunks.push(this.#last.slice());
    this.#last = undefined;
  }
}

async function rangeOf(store: LineStore, from: number, to: number): Promise<RecordingRange> {
  const sink = new RecordingRange();
  await store.range(from, to, sink);
  return sink;
}

function expectedText(text: Uint8Array, from: number, to: number): string {
  const lines = naiveLines(text).slice(from - 1, to);
  return lines.map((line) => `${new TextDecoder("latin1").decode(line)}\n`).join("");
}

// The last line of a text may lack its terminator.
function terminated(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

Deno.test("LineStore.range() hands over the lines of a naive model, whatever blocks", async () => {
  const line = fc.oneof(
    { weight: 9, arbitrary: fc.stringMatching(/^[a-c\r]{0,9}$/) },
    fc.integer({ min: RANGE_CHUNK_BYTES - 3, max: RANGE_CHUNK_BYTES + 3 }).map((n) =>
      "x".repeat(n)
    ),
    fc.nat(20_000).map((n) => "y".repeat(n)),
  );
  const text = fc.tuple(
    fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n")), { minLength: 1, maxLength: 40 }),
    fc.constantFrom("", "end"),
  ).map(([lines, end]) => encode(lines.flat().join("") + end));
  const choices = fc.record({ from: fc.nat(), to: fc.nat(), blocks: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(text, choices, async (text, { from, to, blocks }) => {
      const { store, errors } = storeOf(text, { blocks: () => blocks, pageBlocks: () => blocks });
      const [a, b] = [from, to].map((n) => n % store.count + 1).sort((x, y) => x - y);
      const sink = await rangeOf(store, a!, b!);
      assertEquals(terminated(sink.text), expectedText(text, a!, b!));
      assertEquals([sink.errors, errors], [[], []]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("LineStore.range() reads chunks of up to RANGE_CHUNK_BYTES, and says which have a CR", async () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `line ${i + 1}${i === 15_000 ? "\r" : ""}`,
  );
  const text = encode(`${lines.join("\n")}\n`);
  const { store } = storeOf(text, { linesPerPage: 64 });
  const sink = await rangeOf(store, 1, 20_000);
  assertEquals(sink.text, new TextDecoder().decode(text).replace("\r\n", "\n"));
  assertEquals(sink.crs.length, Math.ceil(text.length / RANGE_CHUNK_BYTES));
  assertEquals(sink.crs.map((hasCr, i) => hasCr ? i : -1).filter((i) => i >= 0), [1]);
});

Deno.test("LineStore.range() of a few lines loads only the pages of these and of one line after them", async () => {
  const { store, pages } = storeOf("x\n".repeat(100), { linesPerPage: 4, pageBlocks: () => true });
  assertEquals((await rangeOf(store, 41, 44)).text, "x\n".repeat(4));
  assertEquals(new Set(pages.loaded), new Set([10]));
});

Deno.test("LineStore.range() reports an index that is not of its text as failed, before the first line", async () => {
  for (
    const [lengths, from, to] of [
      [[2, 1, 5], 1, 1],
      [[2, 1, 5], 2, 3],
      [[4, 4], 1, 1],
      [[8], 1, 1],
      [[2, 2, 2, 2], 1, 4],
      [[9, 1], 2, 2],
    ] as const
  ) {
    const { store, errors } = storeOf("ab\ncd\nef", { lengths });
    const sink = await rangeOf(store, from, to);
    assertEquals([sink.text, sink.errors.length, errors.length], ["", 1, 1], `${lengths}`);
  }
});

Deno.test("LineStore.range() rejects if it fails after the first line", async () => {
  const text = `${"x".repeat(RANGE_CHUNK_BYTES - 1)}\nab\ncd\n`;
  const { store, errors } = storeOf(text, { lengths: [RANGE_CHUNK_BYTES, 2, 2, 2] });
  const sink = new RecordingRange();
  await assertRejects(() => store.range(1, 4, sink), Error, "Index does not match");
  assertLess(sink.text.length, text.length);
  assertEquals([sink.errors, errors.length], [[], 1]);
});

Deno.test("LineStore.range() rejects with what the sink threw, and with the signal's reason", async () => {
  const { store, errors } = storeOf("a\nb\n");
  const sink = new RecordingRange();
  const broken: RangeSink = {
    lines: () => Promise.reject(new Error("a broken pipe")),
    longLine: () => Promise.reject(new Error("not called")),
    failed: () => {},
  };
  await assertRejects(() => store.range(1, 2, broken), Error, "a broken pipe");
  const signal = AbortSignal.abort(new Error("no longer needed"));
  await assertRejects(() => store.range(1, 2, sink, signal), Error, "no longer needed");
  assertEquals(errors, []);
});
