import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { TURN_BYTES } from "../../../src/lines/read_turns.ts";
import { LineProtocolEncoder } from "../../../src/protocol/line/line_encoder.ts";
import { PartEncoder } from "../../../src/protocol/redis/redis_encoders.ts";
import { RangeReplies } from "../../../src/server/pipeline/range_replies.ts";
import { FLUSH_BYTES, ReplySink } from "../../../src/server/pipeline/reply_sink.ts";
import { asText, latin1 } from "../../support/e2e_bytes.ts";
import { EventLoopProbe } from "../../support/event_loop.ts";
import { isPending } from "../../support/pending.ts";

const ENCODER = new LineProtocolEncoder("lf");

function openSink(): ReplySink {
  const sink = new ReplySink();
  sink.encoder = ENCODER;
  return sink;
}

function addLine(sink: ReplySink, line: string): void {
  const bytes = latin1(`?${line}?`);
  sink.line(bytes, 1, 1 + line.length);
  bytes.fill(0x21);
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const parts: string[] = [];
  for await (const chunk of stream) parts.push(asText(chunk));
  return parts.join("");
}

/** A stream that makes its chunks when they are pulled. */
function contentOf(...chunks: (string | Error)[]): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else if (chunk instanceof Error) controller.error(chunk);
      else controller.enqueue(latin1(chunk));
    },
  }, { highWaterMark: 0 });
}

Deno.test("ReplySink.take() returns the replies in order, once", () => {
  const sink = openSink();
  addLine(sink, "one");
  sink.missing();
  sink.failed(3, new Error("the disk failed"));
  addLine(sink, "");
  sink.buffer.append(latin1("INVALID COMMAND!\n"));
  assertEquals(sink.flush(), undefined);
  const replies = "OK\none\nERR\nServer error: the disk failed\nOK\n\nINVALID COMMAND!\n";
  assertEquals([asText(sink.take()), asText(sink.take())], [replies, ""]);
});

Deno.test("ReplySink.flush() returns undefined below FLUSH_BYTES and a promise from there on", async () => {
  const sink = openSink();
  // A line with its head and its tail.
  addLine(sink, "x".repeat(FLUSH_BYTES - 1 - "OK\n\n".length));
  assertEquals(sink.flush(), undefined);
  sink.buffer.append(latin1("x"));
  const flushed = sink.flush();
  assert(flushed !== undefined && await isPending(flushed));
  assertEquals((await textOf(sink.takeStream(flushed))).length, FLUSH_BYTES);
  await flushed;
});

Deno.test("ReplySink.takeStream() gives what was collected and what is added until `pending` resolves", async () => {
  const sink = openSink();
  addLine(sink, "one");
  const { promise, resolve } = Promise.withResolvers<void>();
  const text = textOf(sink.takeStream(promise));
  assert(await isPending(text));
  addLine(sink, "two");
  resolve();
  assertEquals(await text, "OK\none\nOK\ntwo\n");
});

Deno.test("ReplySink.takeStream() without any reply ends", async () => {
  assertEquals(await textOf(openSink().takeStream(Promise.resolve())), "");
});

Deno.test("ReplySink collects again after a stream", async () => {
  const sink = openSink();
  for (const line of ["one", "two"]) {
    addLine(sink, line);
    assertEquals(await textOf(sink.takeStream(Promise.resolve())), `OK\n${line}\n`);
    addLine(sink, line);
    assertEquals(asText(sink.take()), `OK\n${line}\n`);
  }
});

Deno.test("ReplySink.takeStream() holds FLUSH_BYTES and one line at most if nobody reads", async () => {
  const sink = openSink();
  const line = "x".repeat(1000);
  let added = 0;
  let read = 0;
  const addAll = async () => {
    for (; added < 1000; added++) {
      addLine(sink, line);
      await sink.flush();
    }
  };
  const heldMax: number[] = [];
  for await (const chunk of sink.takeStream(addAll())) {
    read += chunk.length;
    heldMax.push(added * 1004 - read);
  }
  assertEquals(read, 1000 * 1004);
  assertLess(Math.max(...heldMax), 2 * (FLUSH_BYTES + 1004));
});

Deno.test("ReplySink.longLine() sends what was collected first, then the content as it is read", async () => {
  const sink = openSink();
  addLine(sink, "one");
  const done = sink.longLine(7, contentOf("abc", "", "defg"));
  assert(await isPending(done));
  const reader = sink.takeStream(done).getReader();
  // What was read stays as it is, whatever is collected afterwards.
  const chunks: Uint8Array[] = [];
  for (let { value } = await reader.read(); value !== undefined; { value } = await reader.read()) {
    chunks.push(value);
  }
  assertEquals(chunks.map(asText), ["OK\none\nOK\n", "abc", "defg", "\n"]);
});

Deno.test("ReplySink.longLine() does not read content that nobody takes", async () => {
  const sink = openSink();
  let pulls = 0;
  const content = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++;
      controller.enqueue(latin1("x"));
    },
  }, { highWaterMark: 0 });
  const done = sink.longLine(1000, content);
  const reader = sink.takeStream(done).getReader();
  assert(await isPending(done));
  assertEquals(pulls, 0);
  for (let reads = 1; reads < 10; reads++) {
    await reader.read();
    assert(await isPending(done));
    assertLess(pulls, reads + 2);
  }
  await reader.cancel();
  await assertRejects(() => done);
});

Deno.test("ReplySink.takeStream() fails if the content of a long line does, after what came before", async () => {
  const sink = openSink();
  const done = sink.longLine(7, contentOf("abc", new Error("File changed")));
  const reader = sink.takeStream(done).getReader();
  const texts = [asText((await reader.read()).value!), asText((await reader.read()).value!)];
  assertEquals(texts, ["OK\n", "abc"]);
  await assertRejects(() => reader.read(), Error, "File changed");
});

Deno.test("ReplySink.takeStream() fails if `pending` rejects", async () => {
  const replies = openSink().takeStream(Promise.reject(new Error("a bug")));
  await assertRejects(() => textOf(replies), Error, "a bug");
});

Deno.test("ReplySink.flush() rejects after the stream was cancelled", async () => {
  const sink = openSink();
  const { promise, resolve } = Promise.withResolvers<void>();
  await sink.takeStream(promise).cancel();
  addLine(sink, "x".repeat(FLUSH_BYTES));
  await assertRejects(() => sink.flush()!);
  resolve();
});

Deno.test("ReplySink: a small chunk of a range waits until a large one before it was used", async () => {
  const sink = openSink();
  const range = new RangeReplies(sink, 2, ENCODER);
  const { promise, resolve } = Promise.withResolvers<void>();
  const reader = sink.takeStream(promise).getReader();
  const sending = range.lines(latin1(`${"x".repeat(100_000)}\n`), false)!;
  assertEquals(asText((await reader.read()).value!), "OK 2\n");
  assertEquals((await reader.read()).value!.length, 100_001);
  await sending;
  const small = range.lines(latin1("y\n"), false);
  // The reader may still be using the large one.
  assert(small !== undefined && await isPending(small));
  const rest = reader.read();
  await small;
  assertEquals(asText((await rest).value!), "y\n");
  resolve();
  while (!(await reader.read()).done);
});

Deno.test("ReplySink.longLine() lets the event loop go on while it reads what is not sent", async () => {
  const sink = new ReplySink();
  sink.encoder = new PartEncoder(-3, -1);
  const skipped = "x".repeat(TURN_BYTES);
  await using probe = new EventLoopProbe();
  const done = sink.longLine(TURN_BYTES + 3, contentOf(skipped, "end"));
  assertEquals(await textOf(sink.takeStream(done)), "$3\r\nend\r\n");
  assert(probe.hadTurn);
});
