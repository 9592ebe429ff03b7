import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ParallelReader } from "../../../src/source/remote/parallel_reader.ts";
import { variedBytes } from "../../support/source_contract.ts";
import { MemoryText } from "../../support/text_memory.ts";
import { neverHangs } from "../../support/text_threads.ts";

const CONTENT = variedBytes(10_000);
const OPTIONS = { chunkBytes: 1000, chunks: 3 };

/** A source that blocks always, and what was read of it. */
function distant(
  onRead: (offset: number, signal?: AbortSignal) => Promise<void> | void = () => {},
) {
  const reads: [from: number, to: number][] = [];
  const source = new MemoryText(CONTENT, {
    blocks: () => true,
    async onRead(offset, end, signal) {
      reads.push([offset, end]);
      await onRead(offset, signal);
    },
  });
  return { source, reads };
}

async function readAll(reader: ParallelReader, pieceBytes: number): Promise<Uint8Array> {
  const all = new Uint8Array(reader.size);
  for (let at = 0; at < all.length; at += pieceBytes) {
    const into = all.subarray(at, at + pieceBytes);
    if (!reader.tryRead(into, at)) await reader.read(into, at);
  }
  return all;
}

Deno.test("ParallelReader reads each chunk once, whatever the size of the pieces", async () => {
  for (const pieceBytes of [1, 64, 999, 1000, 1001, 2500, 5000, 10_000]) {
    const { source, reads } = distant();
    await using reader = new ParallelReader(source, OPTIONS);
    assertEquals(await readAll(reader, pieceBytes), CONTENT);
    const expected = Array.from({ length: 10 }, (_, i) => [i * 1000, (i + 1) * 1000]);
    assertEquals(reads, expected as typeof reads);
  }
});

Deno.test("ParallelReader reads ahead up to its number of chunks, and no further", async () => {
  const { source, reads } = distant();
  await using reader = new ParallelReader(source, OPTIONS);
  await reader.read(new Uint8Array(10), 0);
  assertEquals(reads.map(([from]) => from), [0, 1000, 2000]);
  await reader.read(new Uint8Array(10), 990);
  assertEquals(reads.length, 3);
  await reader.read(new Uint8Array(10), 1000);
  assertEquals(reads.map(([from]) => from), [0, 1000, 2000, 3000]);
});

Deno.test("ParallelReader reads ranges in any order right", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(9_999), fc.nat(4_000)), { maxLength: 30 }),
      async (ranges) => {
        const { source } = distant();
        await using reader = new ParallelReader(source, OPTIONS);
        for (const [from, bytes] of ranges) {
          const to = Math.min(from + bytes, CONTENT.length);
          const into = new Uint8Array(to - from);
          if (!reader.tryRead(into, from)) await reader.read(into, from);
          assertEquals(into, CONTENT.slice(from, to));
        }
      },
    ),
  );
});

Deno.test("ParallelReader.read() out of range fails, and of nothing succeeds", async () => {
  const { source } = distant();
  await using reader = new ParallelReader(source, OPTIONS);
  await assertRejects(() => reader.read(new Uint8Array(2), 9_999), RangeError);
  await assertRejects(() => reader.read(new Uint8Array(1), -1), RangeError);
  await reader.read(new Uint8Array(), 10_000);
});

Deno.test("ParallelReader.read() of a chunk that failed rejects, and reads again the next time", async () => {
  let failures = 1;
  const { source } = distant((offset) => {
    if (offset === 1000 && failures-- > 0) throw new Error("broken");
  });
  await using reader = new ParallelReader(source, OPTIONS);
  await reader.read(new Uint8Array(10), 0);
  await assertRejects(() => reader.read(new Uint8Array(10), 1000), Error, "broken");
  const into = new Uint8Array(10);
  await reader.read(into, 1000);
  assertEquals(into, CONTENT.slice(1000, 1010));
});

Deno.test("ParallelReader.read() that is aborted rejects with the reason, and later reads succeed", async () => {
  const gate = Promise.withResolvers<void>();
  const { source } = distant(() => gate.promise);
  await using reader = new ParallelReader(source, OPTIONS);
  const abort = new AbortController();
  const into = new Uint8Array(10);
  const read = reader.read(into, 0, abort.signal);
  abort.abort(new Error("enough"));
  await assertRejects(() => read, Error, "enough");
  gate.resolve();
  await reader.read(into, 0);
  assertEquals(into, CONTENT.slice(0, 10));
});

Deno.test("ParallelReader aborts what it reads ahead when it is disposed of, with its source", async () => {
  const signals: AbortSignal[] = [];
  const { source } = distant((_, signal) => {
    signals.push(signal!);
    return new Promise((_, reject) =>
      signal!.addEventListener("abort", () => reject(signal!.reason))
    );
  });
  const reader = new ParallelReader(source, OPTIONS);
  const read = reader.read(new Uint8Array(10), 0);
  const outcome = assertRejects(() => neverHangs(read), Error);
  await reader[Symbol.asyncDispose]();
  await outcome;
  assert(signals.length === 3 && signals.every(({ aborted }) => aborted));
  assert(source.isDisposed);
});
