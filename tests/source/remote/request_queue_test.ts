import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  MERGE_GAP_MAX_BYTES,
  MERGED_MAX_BYTES,
  type RangeReader,
  RequestQueue,
  WAIT_MAX_MS,
} from "../../../src/source/remote/request_queue.ts";
import { variedBytes } from "../../support/source_contract.ts";

const CONTENT = variedBytes(4 * 1024 * 1024);

interface Started {
  readonly offset: number;
  readonly bytes: number;
  readonly signal: AbortSignal;
  finish(error?: Error): void;
}

/** A reader whose requests end when the test says so. */
class ManualReader implements RangeReader {
  readonly started: Started[] = [];

  async readRange(into: Uint8Array, offset: number, signal: AbortSignal): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const finish = (error?: Error) => error === undefined ? ended.resolve() : ended.reject(error);
    this.started.push({ offset, bytes: into.length, signal, finish });
    signal.addEventListener("abort", () => ended.reject(signal.reason));
    await ended.promise;
    into.set(CONTENT.subarray(offset, offset + into.length));
  }

  get ranges(): [from: number, bytes: number][] {
    return this.started.map(({ offset, bytes }) => [offset, bytes]);
  }
}

/** Lets everything that is due run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

const FAR = 2 * MERGED_MAX_BYTES;

Deno.test("RequestQueue starts reads at once up to its limit, and the others in order", async () => {
  const queue = new RequestQueue(2);
  // Readers of their own, so that nothing is joined.
  const others = Array.from({ length: 4 }, () => new ManualReader());
  const reads = others.map((reader) => queue.read(reader, new Uint8Array(1), 0));
  assertEquals(others.map(({ started }) => started.length), [1, 1, 0, 0]);
  others[1]!.started[0]!.finish();
  await settle();
  assertEquals(others.map(({ started }) => started.length), [1, 1, 1, 0]);
  others[0]!.started[0]!.finish(new Error("broken"));
  await assertRejects(() => reads[0]!, Error, "broken");
  await settle();
  assertEquals(others.map(({ started }) => started.length), [1, 1, 1, 1]);
  others[2]!.started[0]!.finish();
  others[3]!.started[0]!.finish();
  await Promise.all(reads.slice(1));
  await settle();
  assertEquals([queue.runningCount, queue.waitingCount], [0, 0]);
});

Deno.test("RequestQueue joins reads that wait and are near, and no others", async () => {
  const queue = new RequestQueue(1);
  const reader = new ManualReader();
  const other = new ManualReader();
  const first = queue.read(reader, new Uint8Array(10), 0);
  const gap = MERGE_GAP_MAX_BYTES;
  // Near to the first that waits, or to what was joined with it: all but the one at FAR, and that of another reader.
  const offsets = [100_000, 100_000 + 10 + gap, 100_000 - 10 - gap, FAR, 100_005];
  const intos = offsets.map(() => new Uint8Array(10));
  const reads = offsets.map((offset, i) => queue.read(reader, intos[i]!, offset));
  const othersRead = queue.read(other, new Uint8Array(10), 100_010);
  // One byte too far from what is joined.
  const tooFar = queue.read(reader, new Uint8Array(10), 100_000 + 10 + gap + 10 + gap + 1);
  assertEquals(reader.ranges, [[0, 10]]);
  for (const expected of [2, 3, 3, 4]) {
    [...reader.started, ...other.started].forEach(({ finish }) => finish());
    await settle();
    assertEquals(reader.started.length, expected);
  }
  [...reader.started, ...other.started].forEach(({ finish }) => finish());
  await Promise.all([first, ...reads, othersRead, tooFar]);
  assertEquals(reader.ranges, [
    [0, 10],
    [100_000 - 10 - gap, 30 + 2 * gap],
    [FAR, 10],
    [100_000 + 21 + 2 * gap, 10],
  ]);
  intos.forEach((into, i) => assertEquals(into, CONTENT.slice(offsets[i]!, offsets[i]! + 10)));
});

Deno.test("RequestQueue joins no more than 1 MiB", async () => {
  const queue = new RequestQueue(1);
  const reader = new ManualReader();
  const step = 64 * 1024;
  const reads = [queue.read(reader, new Uint8Array(1), 0)];
  for (let i = 0; i < 20; i++) reads.push(queue.read(reader, new Uint8Array(step), i * step));
  for (let i = 0; i < 3; i++) {
    reader.started.at(-1)!.finish();
    await settle();
  }
  await Promise.all(reads);
  assertEquals(reader.ranges, [[0, 1], [0, MERGED_MAX_BYTES], [MERGED_MAX_BYTES, 4 * step]]);
});

Deno.test("RequestQueue.read() that is aborted while it waits is dropped, and rejects with the reason", async () => {
  const queue = new RequestQueue(1);
  const reader = new ManualReader();
  const abort = new AbortController();
  const first = queue.read(reader, new Uint8Array(1), 0);
  const aborted = queue.read(reader, new Uint8Array(1), FAR, abort.signal);
  abort.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  assertEquals(queue.waitingCount, 0);
  reader.started[0]!.finish();
  await first;
  assertEquals(reader.ranges, [[0, 1]]);
});

Deno.test("RequestQueue.read() that is aborted while it runs alone aborts the request", async () => {
  const queue = new RequestQueue(1);
  const reader = new ManualReader();
  const abort = new AbortController();
  const aborted = queue.read(reader, new Uint8Array(1), 0, abort.signal);
  abort.abort(new Error("enough"));
  assert(reader.started[0]!.signal.aborted);
  await assertRejects(() => aborted, Error, "enough");
});

Deno.test("RequestQueue.read() that is aborted while it is joined leaves the others, and its memory", async () => {
  const queue = new RequestQueue(1);
  const reader = new ManualReader();
  const abort = new AbortController();
  const first = queue.read(reader, new Uint8Array(1), 0);
  const into = new Uint8Array(10);
  const kept = new Uint8Array(10);
  const aborted = queue.read(reader, into, 1000, abort.signal);
  const joined = queue.read(reader, kept, 1010);
  reader.started[0]!.finish();
  await first;
  await settle();
  abort.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  assert(!reader.started[1]!.signal.aborted);
  reader.started[1]!.finish();
  await joined;
  assertEquals(kept, CONTENT.slice(1010, 1020));
  assertEquals(into, new Uint8Array(10));
});

Deno.test("RequestQueue aborts a joined request once all its reads are", async () => {
  const queue = new RequestQueue(1);
  const reader = new ManualReader();
  const aborts = [new AbortController(), new AbortController()];
  const first = queue.read(reader, new Uint8Array(1), 0);
  const joined = aborts.map(({ signal }, i) =>
    queue.read(reader, new Uint8Array(10), 1000 + i * 10, signal)
  );
  reader.started[0]!.finish();
  await first;
  await settle();
  aborts[0]!.abort(new Error("enough"));
  assert(!reader.started[1]!.signal.aborted);
  aborts[1]!.abort(new Error("enough"));
  assert(reader.started[1]!.signal.aborted);
  for (const read of joined) await assertRejects(() => read, Error, "enough");
  await settle();
  assertEquals(queue.runningCount, 0);
});

Deno.test("RequestQueue.close() fails all reads of one reader, and lets the others go on", async () => {
  const queue = new RequestQueue(2);
  const [closed, other] = [new ManualReader(), new ManualReader()];
  const running = queue.read(closed, new Uint8Array(1), 0);
  const othersRead = queue.read(other, new Uint8Array(1), 0);
  const waiting = queue.read(closed, new Uint8Array(1), FAR);
  const outcomes = Promise.allSettled([running, waiting]);
  await queue.close(closed, new Error("closed"));
  for (const outcome of await outcomes) {
    assert(outcome.status === "rejected" && outcome.reason.message === "closed");
  }
  assertEquals([queue.runningCount, queue.waitingCount], [1, 0]);
  other.started[0]!.finish();
  await othersRead;
});

type Step =
  | {
    readonly kind: "read";
    readonly reader: number;
    readonly offset: number;
    readonly bytes: number;
  }
  | { readonly kind: "finish" | "fail" | "abort"; readonly which: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("read" as const),
    reader: fc.nat(1),
    offset: fc.oneof(fc.nat(3_000_000), fc.nat(40).map((i) => i * 20_000)),
    bytes: fc.oneof(fc.integer({ min: 1, max: 30_000 }), fc.constant(600_000)),
  }),
  fc.record({
    kind: fc.constantFrom("finish" as const, "fail" as const, "abort" as const),
    which: fc.nat(1000),
  }),
);

Deno.test("RequestQueue reads what a plain list of reads does, and never runs more than its limit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (
      steps,
      limit,
    ) => {
      const queue = new RequestQueue(limit);
      const readers = [new ManualReader(), new ManualReader()];
      const pending = new Set<Started>();
      const seen = new Set<Started>();
      const notice = () => {
        for (const started of readers.flatMap(({ started }) => started)) {
          if (seen.has(started)) continue;
          seen.add(started);
          pending.add(started);
          started.signal.addEventListener("abort", () => pending.delete(started));
        }
        assert(queue.runningCount <= limit);
        assert(queue.waitingCount === 0 || queue.runningCount === limit, "a slot is not used");
      };
      const reads: { outcome: Promise<string>; abort: AbortController }[] = [];
      for (const step of steps) {
        if (step.kind === "read") {
          const { offset, bytes } = step;
          const into = new Uint8Array(bytes);
          const abort = new AbortController();
          const outcome = queue.read(readers[step.reader]!, into, offset, abort.signal).then(
            () => into.every((byte, i) => byte === CONTENT[offset + i]) ? "right" : "wrong",
            (error: Error) => error.message,
          );
          reads.push({ outcome, abort });
        } else if (step.kind === "abort") {
          reads[step.which % reads.length]?.abort.abort(new Error("aborted"));
        } else {
          const started = [...pending][step.which % pending.size];
          if (started !== undefined) pending.delete(started);
          started?.finish(step.kind === "fail" ? new Error("failed") : undefined);
        }
        await settle();
        notice();
      }
      while (pending.size > 0) {
        for (const started of pending) {
          pending.delete(started);
          started.finish();
        }
        await settle();
        notice();
      }
      for (const { outcome, abort } of reads) {
        const allowed = abort.signal.aborted ? ["right", "aborted", "failed"] : ["right", "failed"];
        assert(allowed.includes(await outcome), await outcome);
      }
      assertEquals([queue.runningCount, queue.waitingCount], [0, 0]);
    }),
    { numRuns: 100 },
  );
});

Deno.test("RequestQueue fails reads that wait for WAIT_MAX_MS while no request succeeds", async () => {
  let nowMs = 0;
  const queue = new RequestQueue(1, () => nowMs);
  const others = Array.from({ length: 5 }, () => new ManualReader());
  const reads = others.map((reader) => queue.read(reader, new Uint8Array(1), 0));
  nowMs = WAIT_MAX_MS;
  others[0]!.started[0]!.finish(new Error("broken"));
  await assertRejects(() => reads[0]!, Error, "broken");
  nowMs++;
  // One that succeeds shows that the server answers.
  others[1]!.started[0]!.finish();
  await reads[1];
  others[2]!.started[0]!.finish(new Error("broken"));
  await assertRejects(() => reads[2]!, Error, "broken");
  nowMs += WAIT_MAX_MS;
  const late = queue.read(new ManualReader(), new Uint8Array(1), 0);
  late.catch(() => {});
  others[3]!.started[0]!.finish(new Error("broken"));
  await assertRejects(() => reads[3]!, Error, "broken");
  await assertRejects(() => reads[4]!, Error, "the server has answered no request for 30 s");
  assertEquals([queue.runningCount, queue.waitingCount], [1, 0]);
});
