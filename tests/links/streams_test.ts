import { assertEquals, assertRejects } from "@std/assert";
import { concatReadableStreams, toArrayBuffer, toText } from "@std/streams";
import { concatReadableStreams as byPath } from "@std/streams/concat-readable-streams";

/** A stream of the numbers from 0 that counts how many were asked for. */
function counting(asked: { count: number }): ReadableStream<number> {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(asked.count++);
    },
  }, { highWaterMark: 0 });
}

function recordingCancel(reasons: unknown[]): ReadableStream<string> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue("data");
    },
    cancel(reason) {
      reasons.push(reason);
    },
  });
}

Deno.test("concatReadableStreams joins streams in the order given", async () => {
  const streams = [[1, 2], [], [3], []].map((chunks) => ReadableStream.from(chunks));
  assertEquals(await Array.fromAsync(concatReadableStreams(...streams)), [1, 2, 3]);
});

Deno.test("concatReadableStreams of nothing is empty", async () => {
  assertEquals(await Array.fromAsync(byPath()), []);
});

Deno.test("concatReadableStreams asks a source for no more than is read and one ahead", async () => {
  const asked = { count: 0 };
  const reader = concatReadableStreams(ReadableStream.from<number>([]), counting(asked))
    .getReader();
  for (let number = 0; number < 3; number++) {
    assertEquals((await reader.read()).value, number);
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(asked.count, 4);
  await reader.cancel();
});

Deno.test("concatReadableStreams reads a stream only when the one before has ended", async () => {
  const asked = { count: 0 };
  const joined = concatReadableStreams(ReadableStream.from([7, 8, 9]), counting(asked));
  const reader = joined.getReader();
  await reader.read();
  assertEquals(asked.count, 0);
  await reader.cancel();
});

Deno.test("concatReadableStreams cancels all streams when the result is cancelled", async () => {
  const reasons: unknown[] = [];
  const joined = concatReadableStreams(recordingCancel(reasons), recordingCancel(reasons));
  await joined.cancel("enough");
  assertEquals(reasons, ["enough", "enough"]);
});

Deno.test("concatReadableStreams cancels the streams left when the first has ended", async () => {
  const reasons: unknown[] = [];
  const joined = concatReadableStreams(ReadableStream.from(["a"]), recordingCancel(reasons));
  const reader = joined.getReader();
  await reader.read();
  await reader.read();
  await reader.cancel("enough");
  assertEquals(reasons, ["enough"]);
});

Deno.test("concatReadableStreams cancels while a read is pending", async () => {
  const never = new ReadableStream<number>({ pull: () => new Promise<void>(() => {}) });
  const reader = concatReadableStreams(never).getReader();
  const pending = reader.read();
  await reader.cancel();
  assertEquals((await pending).done, true);
});

Deno.test("concatReadableStreams gives what came before an error and then the error", async () => {
  const failing = ReadableStream.from(async function* () {
    yield await Promise.resolve(2);
    throw new TypeError("broken");
  }());
  const seen: number[] = [];
  await assertRejects(
    async () => {
      const joined = concatReadableStreams(ReadableStream.from([1]), failing);
      for await (const value of joined) seen.push(value);
    },
    TypeError,
    "broken",
  );
  assertEquals(seen, [1, 2]);
});

Deno.test("toArrayBuffer gathers all chunks", async () => {
  const chunks = [new Uint8Array([1, 2, 3]).subarray(1), new Uint8Array(0), new Uint8Array([4])];
  const buffer = await toArrayBuffer(ReadableStream.from(chunks));
  assertEquals(new Uint8Array(buffer), new Uint8Array([2, 3, 4]));
});

Deno.test("toArrayBuffer of an empty stream is empty", async () => {
  assertEquals((await toArrayBuffer(ReadableStream.from([]))).byteLength, 0);
});

Deno.test("toText reads characters split between chunks", async () => {
  const bytes = new TextEncoder().encode("中文♥");
  const single = Array.from(bytes, (byte) => new Uint8Array([byte]));
  assertEquals(await toText(ReadableStream.from(single)), "中文♥");
});

Deno.test("toText joins strings", async () => {
  assertEquals(await toText(ReadableStream.from(["a", "", "b♥"])), "ab♥");
});

Deno.test("toText and toArrayBuffer reject where the stream fails", async () => {
  const failing = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error("broken")),
    });
  await assertRejects(() => toText(failing()), Error, "broken");
  await assertRejects(() => toArrayBuffer(failing()), Error, "broken");
});
