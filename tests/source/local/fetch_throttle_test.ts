import { assertEquals } from "@std/assert";
import {
  FETCH_LOOK_MS,
  FETCH_SPAN_MS,
  FETCHES_PER_SPAN,
  FetchThrottle,
} from "../../../src/source/local/fetch_throttle.ts";

/** Whether a promise is not settled by what needs no timer. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  promise.then(() => isSettled = true);
  for (let i = 0; i < 20; i++) await undefined;
  return !isSettled;
}

/** A throttle, a clock that the test sets, and the numbers of those who passed. */
class Scene {
  nowMs = 1_000;
  readonly throttle = new FetchThrottle(() => this.nowMs);
  readonly passed: number[] = [];
  #asked = 0;

  /** Asks for so many passes, and resolves when all were given. */
  async ask(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, async () => {
      const number = this.#asked++;
      await this.throttle.pass(() => true);
      this.passed.push(number);
    }));
  }

  /** Lets it decide anew, after so many lines at hand and so many fetches. */
  async look(atHand: number, fetches: number): Promise<void> {
    for (let i = 0; i < atHand; i++) this.throttle.noteAtHand();
    for (let i = 0; i < fetches - 1; i++) {
      this.nowMs += FETCH_SPAN_MS;
      await this.throttle.pass(() => true);
    }
    this.nowMs = 10_000 + FETCH_LOOK_MS;
    await this.throttle.pass(() => true);
    this.nowMs += FETCH_SPAN_MS;
  }
}

Deno.test("a few pass at once in a span, and the next in the spans that follow, in their order", async () => {
  const scene = new Scene();
  const count = 2 * FETCHES_PER_SPAN + 1;
  const all = scene.ask(count);
  await isPending(all);
  assertEquals(scene.passed.length, FETCHES_PER_SPAN);
  await all;
  assertEquals(scene.passed, Array.from({ length: count }, (_, i) => i));
});

Deno.test("who comes later does not overtake those who wait, though a span has begun", async () => {
  const scene = new Scene();
  const first = scene.ask(FETCHES_PER_SPAN + 1);
  await isPending(first);
  scene.nowMs += FETCH_SPAN_MS;
  await Promise.all([first, scene.ask(1)]);
  assertEquals(scene.passed, Array.from({ length: FETCHES_PER_SPAN + 2 }, (_, i) => i));
});

Deno.test("of those who wait, as many pass together", async () => {
  const scene = new Scene();
  const first = scene.ask(FETCHES_PER_SPAN);
  const second = scene.ask(1);
  const all = scene.ask(2 * FETCHES_PER_SPAN);
  await Promise.all([first, second]);
  await isPending(all);
  assertEquals(scene.passed.length, 2 * FETCHES_PER_SPAN);
  await all;
});

Deno.test("in each span as many pass at once", async () => {
  const scene = new Scene();
  for (let span = 1; span <= 3; span++) {
    assertEquals(await isPending(scene.ask(FETCHES_PER_SPAN)), false);
    scene.nowMs += FETCH_SPAN_MS;
  }
});

Deno.test("where nearly all is fetched, all pass at once", async () => {
  const scene = new Scene();
  await scene.look(1, 16);
  assertEquals(await isPending(scene.ask(100 * FETCHES_PER_SPAN)), false);
});

Deno.test("where others are served from memory, few pass at a time", async () => {
  const scene = new Scene();
  await scene.look(4, 16);
  const all = scene.ask(FETCHES_PER_SPAN + 1);
  assertEquals(await isPending(all), true);
  await all;
});

Deno.test("those who wait when it turns out that nobody is held up pass together", async () => {
  const scene = new Scene();
  const all = scene.ask(10 * FETCHES_PER_SPAN);
  await isPending(all);
  scene.nowMs += FETCH_LOOK_MS;
  await all;
  assertEquals(scene.passed.length, 10 * FETCHES_PER_SPAN);
});

Deno.test("what another has fetched meanwhile passes with the next span, and takes nobody's turn", async () => {
  const scene = new Scene();
  const fetched = new Set<number>();
  const passed: number[] = [];
  const ask = async (block: number) => {
    await scene.throttle.pass(() => !fetched.has(block));
    passed.push(block);
    fetched.add(block);
  };
  const blocks = [1, 2, 1, 2, 1, 2, 3, 4, 5];
  const all = Promise.all(blocks.map(ask));
  await isPending(all);
  assertEquals(passed, [1, 2]);
  // With the next timer, not the ones behind it.
  const seventh = Promise.withResolvers<void>();
  const timer = setInterval(() => passed.length > 2 && seventh.resolve(), 0);
  await seventh.promise;
  clearInterval(timer);
  assertEquals(passed, blocks.slice(0, 8));
  await all;
  assertEquals(passed, blocks);
  assertEquals(await isPending(ask(1)), false);
});
