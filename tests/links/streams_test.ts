import { assertEquals, assertRejects } from "@std/assert";
import { concatReadableStreams } from "@std/streams/concat-readable-streams";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import { toText } from "@std/streams/to-text";
import fc from "fast-check";

/** Cuts bytes into chunks of the given sizes, and a last one of what is left. */
function inChunks(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  let start = 0;
  const chunks = sizes.map((size) => bytes.subarray(start, start += size));
  return [...chunks, bytes.subarray(start)];
}

Deno.test("concatReadableStreams returns the chunks of all streams in order", async () => {
  const chunks = fc.array(fc.integer());
  await fc.assert(fc.asyncProperty(chunks, fc.array(chunks), async (first, others) => {
    const streams = others.map((each) => ReadableStream.from(each));
    const joined = concatReadableStreams(ReadableStream.from(first), ...streams);
    assertEquals(await Array.fromAsync(joined), [first, ...others].flat());
  }));
});

Deno.test("concatReadableStreams fails with the error of a stream, after the chunks before it", async () => {
  const failing = new ReadableStream<number>({
    pull: () => Promise.reject(new RangeError("no more")),
  }, { highWaterMark: 0 });
  const reader = concatReadableStreams(ReadableStream.from([1]), failing).getReader();
  assertEquals(await reader.read(), { done: false, value: 1 });
  await assertRejects(() => reader.read(), RangeError, "no more");
});

Deno.test("concatReadableStreams cancels its streams when it is cancelled, and ignores their errors", async () => {
  const reasons: unknown[] = [];
  const source = () =>
    new ReadableStream<number>({
      start: (controller) => controller.enqueue(1),
      cancel(reason) {
        reasons.push(reason);
        throw new RangeError("ignored");
      },
    });
  const joined = concatReadableStreams(source(), source());
  const reader = joined.getReader();
  await reader.read();
  await reader.cancel("enough");
  assertEquals(reasons, ["enough", "enough"]);
});

Deno.test("toArrayBuffer returns the bytes of all chunks", async () => {
  const sizes = fc.array(fc.nat(8));
  await fc.assert(fc.asyncProperty(fc.uint8Array(), sizes, async (bytes, sizes) => {
    const buffer = await toArrayBuffer(ReadableStream.from(inChunks(bytes, sizes)));
    assertEquals(new Uint8Array(buffer), Uint8Array.from(bytes));
  }));
});

Deno.test("toText decodes UTF-8 that is split anywhere", async () => {
  const text = fc.string({ unit: "binary" }).filter((text) => !text.startsWith("\uFEFF"));
  await fc.assert(fc.asyncProperty(text, fc.array(fc.nat(4)), async (text, sizes) => {
    const chunks = inChunks(new TextEncoder().encode(text), sizes);
    assertEquals(await toText(ReadableStream.from(chunks)), text);
    assertEquals(await toText(ReadableStream.from([text, "", text])), text + text);
  }));
});
