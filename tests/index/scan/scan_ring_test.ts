import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RING_SLOTS, ScanRing } from "../../../src/index/scan/scan_ring.ts";
import { SEGMENT_BYTES } from "../../../src/index/scan/segment_scanner.ts";
import type { RingResult, RingTask } from "../../support/text_ring_worker.ts";
import { HANGS_MS, neverHangs, published } from "../../support/text_threads.ts";

/** A ring for a text of that many segments. */
function ringOf(segments: number): ScanRing {
  return new ScanRing(segments * SEGMENT_BYTES);
}

function numbers(found: Uint32Array | "failed" | undefined): number[] | "failed" | undefined {
  return typeof found === "object" ? [...found] : found;
}

/** Asserts that an action does not hang. */
function assertAtOnce(action: () => void): void {
  const startMs = performance.now();
  action();
  assert(performance.now() - startMs < HANGS_MS, "it hung");
}

Deno.test("ScanRing.claim() returns the segments of the text in order, then end", () => {
  const sizes = [
    [0, 0],
    [1, 1],
    [SEGMENT_BYTES - 1, 1],
    [SEGMENT_BYTES, 1],
    [SEGMENT_BYTES + 1, 2],
    [RING_SLOTS * SEGMENT_BYTES, RING_SLOTS],
  ] as const;
  for (const [textBytes, segments] of sizes) {
    const ring = new ScanRing(textBytes);
    for (let segment = 0; segment < segments; segment++) assertEquals(ring.claim(), segment);
    for (let i = 0; i < 3; i++) assertEquals(ring.claim(), "end", `${textBytes} bytes`);
  }
});

Deno.test("ScanRing.claim() returns full after RING_SLOTS claims; each take() makes room for one", () => {
  const segments = 3 * RING_SLOTS + 1;
  const ring = ringOf(segments);
  for (let segment = 0; segment < RING_SLOTS; segment++) {
    assertEquals(ring.claim(), segment);
    ring.publish(segment, new Uint32Array());
  }
  for (let segment = RING_SLOTS; segment < segments; segment++) {
    assertEquals([ring.claim(), ring.claim()], ["full", "full"]);
    ring.take();
    assertEquals(ring.claim(), segment);
    ring.publish(segment, new Uint32Array());
  }
  // Also if there is no room.
  assertEquals(ring.claim(), "end");
});

Deno.test("ScanRing.newlines() returns what was published until it is taken", () => {
  const ring = ringOf(RING_SLOTS + 1);
  ring.claim();
  assertEquals(ring.newlines(0), undefined);
  ring.publish(0, Uint32Array.of(3, 7));
  assertEquals(numbers(ring.newlines(0)), [3, 7]);
  assertEquals(numbers(ring.newlines(0)), [3, 7]);
  assertEquals(ring.newlines(1), undefined);
  ring.take();
  assertEquals(ring.newlines(RING_SLOTS), undefined);
  for (let i = 0; i < RING_SLOTS; i++) ring.claim();
  ring.publish(RING_SLOTS, Uint32Array.of(5));
  assertEquals(numbers(ring.newlines(RING_SLOTS)), [5]);
});

Deno.test("ScanRing.newlines() of a segment without newlines is empty", () => {
  const ring = ringOf(1);
  ring.claim();
  ring.publish(0, new Uint32Array());
  assertEquals(numbers(ring.newlines(0)), []);
});

Deno.test("ScanRing.newlines() returns failed until the segment is taken; its slot can be used again", () => {
  const ring = ringOf(RING_SLOTS + 1);
  ring.claim();
  ring.publishFailure(0);
  assertEquals(ring.newlines(0), "failed");
  ring.take();
  assertEquals(ring.newlines(RING_SLOTS), undefined);
  for (let i = 0; i < RING_SLOTS; i++) ring.claim();
  ring.publish(RING_SLOTS, Uint32Array.of(1));
  assertEquals(numbers(ring.newlines(RING_SLOTS)), [1]);
});

Deno.test("ScanRing.publish() of segments full of newlines keeps them apart", () => {
  const ring = ringOf(RING_SLOTS);
  const full = new Uint32Array(SEGMENT_BYTES);
  for (let segment = 0; segment < RING_SLOTS; segment++) {
    ring.claim();
    ring.publish(segment, full.fill(segment + 1));
  }
  for (let segment = 0; segment < RING_SLOTS; segment++) {
    const found = ring.newlines(segment);
    assert(found instanceof Uint32Array);
    assertEquals(found.length, SEGMENT_BYTES);
    assert(found.every((value) => value === segment + 1), `segment ${segment}`);
  }
  assertEquals([ring.claim(), ring.isStopped], ["end", false]);
});

Deno.test("ScanRing over the buffer of another ring shares that ring", () => {
  const ring = ringOf(3);
  const joined = new ScanRing(3 * SEGMENT_BYTES, ring.buffer);
  assertEquals([ring.claim(), joined.claim(), ring.claim(), joined.claim()], [0, 1, 2, "end"]);
  joined.publish(0, Uint32Array.of(4));
  assertEquals(numbers(ring.newlines(0)), [4]);
  ring.take();
  assertEquals(joined.newlines(0), undefined);
  joined.stop();
  assert(ring.isStopped);
});

Deno.test("ScanRing.stop() ends claims and waiting", () => {
  const ring = ringOf(RING_SLOTS + 1);
  assertEquals(ring.isStopped, false);
  for (let i = 0; i < RING_SLOTS; i++) ring.claim();
  assertEquals(ring.claim(), "full");
  ring.stop();
  assertEquals([ring.claim(), ring.isStopped], ["end", true]);
  assertAtOnce(() => ring.waitForRoom(HANGS_MS));
  ring.take();
  assertEquals(ring.claim(), "end");
});

Deno.test("ScanRing.waitFor() and waitForRoom() return at once if there is nothing to wait for, or after the timeout", () => {
  const ring = ringOf(RING_SLOTS + 1);
  assertAtOnce(() => ring.waitForRoom(HANGS_MS));
  ring.claim();
  ring.publish(0, Uint32Array.of(1));
  assertAtOnce(() => ring.waitFor(0, HANGS_MS));
  for (let i = 1; i < RING_SLOTS; i++) ring.claim();
  ring.publishFailure(1);
  assertAtOnce(() => ring.waitFor(1, HANGS_MS));
  assertAtOnce(() => ring.waitFor(2, 1));
  assertAtOnce(() => ring.waitForRoom(1));
  assertEquals(ring.claim(), "full");
});

/** A plain ring. */
class Model {
  claimed = 0;
  taken = 0;
  readonly published = new Map<number, number[] | "failed">();

  constructor(readonly segments: number) {}

  claim(): number | string {
    if (this.claimed === this.segments) return "end";
    if (this.claimed - this.taken === RING_SLOTS) return "full";
    return this.claimed++;
  }

  /** The claimed segments that are not published yet. */
  pending(): number[] {
    const all = Array.from({ length: this.claimed - this.taken }, (_, i) => this.taken + i);
    return all.filter((segment) => !this.published.has(segment));
  }
}

Deno.test("ScanRing behaves as its model, in whatever order segments are published", () => {
  const newlines = fc.array(fc.nat(SEGMENT_BYTES - 1), { maxLength: 5 });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ what: "claim" } as const) },
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constant("publish" as const), which: fc.nat(), newlines }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("fail" as const), which: fc.nat() }) },
    { weight: 3, arbitrary: fc.constant({ what: "take" } as const) },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.array(step, { minLength: 40, maxLength: 200 }),
      (segments, steps) => {
        const ring = ringOf(segments);
        const model = new Model(segments);
        for (const step of steps) {
          const pending = model.pending();
          if (step.what === "claim") {
            assertEquals(ring.claim(), model.claim());
          } else if (step.what === "take") {
            // Only what was published may be taken.
            if (!model.published.has(model.taken)) continue;
            ring.take();
            model.taken++;
          } else if (pending.length > 0) {
            const segment = pending[step.which % pending.length]!;
            if (step.what === "fail") ring.publishFailure(segment);
            else ring.publish(segment, Uint32Array.from(step.newlines));
            model.published.set(segment, step.what === "fail" ? "failed" : step.newlines);
          }
          for (let segment = model.taken; segment < model.claimed; segment++) {
            assertEquals(numbers(ring.newlines(segment)), model.published.get(segment));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** Another thread that does something with a ring. */
class RingThread implements Disposable {
  /** Resolves when the thread begins what it was told. */
  readonly started: Promise<void>;
  /** What it did. */
  readonly result: Promise<RingResult>;
  readonly #worker: Worker;

  constructor(ring: ScanRing, segments: number, action: RingTask["action"]) {
    const module = import.meta.resolve("../../support/text_ring_worker.ts");
    this.#worker = new Worker(module, { type: "module" });
    const started = Promise.withResolvers<void>();
    const result = Promise.withResolvers<RingResult>();
    this.#worker.onmessage = ({ data }) =>
      data === "started" ? started.resolve() : result.resolve(data);
    this.started = neverHangs(started.promise);
    this.result = result.promise;
    const task: RingTask = { ring: ring.buffer, textBytes: segments * SEGMENT_BYTES, action };
    this.#worker.postMessage(task);
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

Deno.test("ScanRing: three threads together scan every segment once, and all are taken in order", async () => {
  const segments = 1_000;
  const ring = ringOf(segments);
  // This thread claims the first, so that every thread has at least one.
  const claims = [ring.claim()];
  using one = new RingThread(ring, segments, "scan");
  using other = new RingThread(ring, segments, "scan");
  await Promise.all([one.started, other.started]);
  ring.publish(0, Uint32Array.of(0));
  for (let segment = 0; segment < segments; segment++) {
    while (ring.newlines(segment) === undefined) {
      const claim = ring.claim();
      if (typeof claim === "string") break;
      claims.push(claim);
      ring.publish(claim, Uint32Array.of(claim));
    }
    assertEquals(numbers(published(ring, segment)), [segment]);
    ring.take();
  }
  const results = await neverHangs(Promise.all([one.result, other.result]));
  for (const result of results) claims.push(...result.claims);
  assertEquals(claims.length, segments);
  assertEquals(claims.toSorted((a, b) => Number(a) - Number(b)), [...Array(segments).keys()]);
});

/** Fills a ring. Takes a while, so other threads are waiting by then. */
function fill(ring: ScanRing): void {
  const full = new Uint32Array(SEGMENT_BYTES);
  for (let segment = 0; segment < RING_SLOTS; segment++) ring.publish(segment, full);
}

Deno.test("ScanRing.waitForRoom() in another thread returns when a segment is taken", async () => {
  const segments = RING_SLOTS + 1;
  const ring = ringOf(segments);
  for (let i = 0; i < RING_SLOTS; i++) ring.claim();
  using thread = new RingThread(ring, segments, "awaitRoom");
  await thread.started;
  fill(ring);
  ring.take();
  assertEquals((await neverHangs(thread.result)).claims, [RING_SLOTS]);
});

Deno.test("ScanRing.waitForRoom() in another thread returns when the scan is stopped", async () => {
  const segments = RING_SLOTS + 1;
  const ring = ringOf(segments);
  for (let i = 0; i < RING_SLOTS; i++) ring.claim();
  using thread = new RingThread(ring, segments, "awaitRoom");
  await thread.started;
  fill(ring);
  ring.stop();
  assertEquals((await neverHangs(thread.result)).claims, ["end"]);
});

Deno.test("ScanRing.waitFor() returns when another thread publishes the segment", async () => {
  const ring = ringOf(RING_SLOTS);
  using thread = new RingThread(ring, RING_SLOTS, "publishFirstLast");
  await thread.started;
  assertAtOnce(() => ring.waitFor(0, HANGS_MS));
  assertEquals(numbers(ring.newlines(0)), [6]);
  assertEquals((await neverHangs(thread.result)).claims, [...Array(RING_SLOTS).keys()]);
});
