import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import fc from "fast-check";
import { CHUNK_BYTES, openLongLine, readInto } from "../../src/lines/long_line.ts";
import { TextError } from "../../src/source/text_source.ts";
import { linesOf } from "../support/index_lines.ts";
import { concatBytes } from "../support/e2e_bytes.ts";
import { encode, naiveLines } from "../support/text_fixture.ts";
import { MemoryText } from "../support/text_memory.ts";

const always = () => true;

async function openLine(text: MemoryText, start: number, end: number, signal?: AbortSignal) {
  return await openLongLine(text, { lineNumber: 7, start, end }, signal);
}

const lineBytes = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.constantFrom(...[-1, 0, 1].flatMap((more) => [CHUNK_BYTES + more, 2 * CHUNK_BYTES + more])),
);

Deno.test("openLongLine returns the exact bytes of any line of two bytes or more, in chunks", async () => {
  const line = fc.tuple(lineBytes, fc.constantFrom("\n", "\r\n", "\r\r\n"))
    .map(([bytes, end]) => "z".repeat(bytes) + end);
  const text = fc.tuple(fc.array(line, { maxLength: 3 }), lineBytes)
    .map(([lines, last]) => encode(lines.join("") + "\r".repeat(last)));
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (bytes, isAwaited) => {
      const text = new MemoryText(bytes, { blocks: () => isAwaited });
      const contents = naiveLines(bytes);
      for (const [i, { start, length }] of linesOf(bytes).entries()) {
        if (length < 2) continue;
        const { byteLength, content } = await openLine(text, start, start + length);
        const chunks = await Array.fromAsync(content);
        for (const chunk of chunks) assertLessOrEqual(chunk.length, CHUNK_BYTES);
        assertEquals(concatBytes(chunks), contents[i]!);
        assertEquals(byteLength, contents[i]!.length);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("openLongLine rejects if no line begins or ends there, before it reads the rest", async () => {
  const reads: number[] = [];
  const onRead = (offset: number, end: number) => {
    reads.push(end - offset);
    return Promise.resolve();
  };
  const text = new MemoryText(encode("abc\ndefg\nhij"), { blocks: always, onRead });
  for (const [start, end] of [[1, 4], [3, 9], [4, 8], [5, 9], [0, 3], [9, 11]] as const) {
    const { message } = await assertRejects(() => openLine(text, start, end), TextError);
    assertEquals(
      message,
      'Index does not match its file at line 7: memory. Rebuild it with "linesvr index --force".',
    );
  }
  for (const bytes of reads) assertLessOrEqual(bytes, 2);
});

Deno.test("openLongLine returns content that fails if an LF is in it", async () => {
  for (const at of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES - 1]) {
    const bytes = encode("x".repeat(2 * CHUNK_BYTES + 5) + "\n");
    bytes[at] = 10;
    const { content } = await openLine(new MemoryText(bytes), 0, bytes.length);
    await assertRejects(() => Array.fromAsync(content), TextError, "Index does not match");
  }
});

Deno.test("openLongLine rejects if the text has changed, and returns content that fails once it does", async () => {
  const text = new MemoryText(encode("x".repeat(3 * CHUNK_BYTES)));
  const { content } = await openLine(text, 0, text.size);
  const reader = content.getReader();
  await reader.read();
  text.change = new TextError("File changed: memory.");
  await assertRejects(() => reader.read(), TextError, "File changed");
  await assertRejects(() => openLine(text, 0, text.size), TextError, "File changed");
});

Deno.test("openLongLine returns content that fails if the text cannot be read", async () => {
  const text = new MemoryText(encode("x".repeat(3 * CHUNK_BYTES)), {
    blocks: (offset) => offset > 0,
    onRead: (offset) =>
      offset === 2 * CHUNK_BYTES
        ? Promise.reject(new TextError("device failed"))
        : Promise.resolve(),
  });
  const { content } = await openLine(text, 0, text.size);
  const reader = content.getReader();
  for (let i = 0; i < 2; i++) assertEquals((await reader.read()).value?.length, CHUNK_BYTES);
  await assertRejects(() => reader.read(), TextError, "device failed");
});

Deno.test("openLongLine reads nothing ahead of its reader, and nothing once it is cancelled", async () => {
  let reads = 0;
  const onRead = () => {
    reads++;
    return Promise.resolve();
  };
  const text = new MemoryText(encode("x".repeat(3 * CHUNK_BYTES)), {
    blocks: (offset, end) => end - offset > 2,
    onRead,
  });
  const { content } = await openLine(text, 0, text.size);
  assertEquals(reads, 0);
  const reader = content.getReader();
  await reader.read();
  assertEquals(reads, 1);
  await reader.cancel();
  assertEquals(reads, 1);
});

Deno.test("openLongLine returns content that fails with the signal's reason once it is aborted", async () => {
  const abort = new AbortController();
  const text = new MemoryText(encode("x".repeat(3 * CHUNK_BYTES)), { blocks: always });
  const { content } = await openLine(text, 0, text.size, abort.signal);
  const reader = content.getReader();
  await reader.read();
  abort.abort(new Error("no longer needed"));
  await assertRejects(() => reader.read(), Error, "no longer needed");
});

Deno.test("readInto awaits only what would block", async () => {
  const awaited: number[] = [];
  const text = new MemoryText(encode("abcdef"), {
    blocks: (offset) => offset >= 3,
    onRead: (offset) => {
      awaited.push(offset);
      return Promise.resolve();
    },
  });
  for (let offset = 0; offset < 6; offset++) {
    const into = new Uint8Array(1);
    await readInto(text, into, offset);
    assertEquals(into, encode("abcdef"[offset]!));
  }
  assertEquals(awaited, [3, 4, 5]);
});
