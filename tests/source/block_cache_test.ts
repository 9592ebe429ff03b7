import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { TextError } from "../../src/source/text_error.ts";
import { TEXT_BLOCK_BYTES } from "../../src/source/text_block.ts";
import { ADMIT_AFTER_MISSES, TextCache } from "../../src/source/block_cache.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { openPositional } from "../support/text_fixture.ts";

const BLOCKS = 6;

/** A text of five blocks and a bit, in which every byte says something of its place. */
async function makeText(): Promise<{ path: string; bytes: Uint8Array }> {
  const bytes = new Uint8Array((BLOCKS - 1) * TEXT_BLOCK_BYTES + 1000);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + Math.floor(i / 251)) % 256;
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, bytes);
  return { path, bytes };
}

function part(cache: TextCache, from: number, to: number): Uint8Array | undefined {
  const at = cache.locate(from, to);
  return at < 0 ? undefined : cache.bytes.slice(at, at + to - from);
}

Deno.test("a block is in memory from the second time that it is asked for", async () => {
  const { path, bytes } = await makeText();
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  using text = openPositional(path);
  const cache = new TextCache(text, 2 * TEXT_BLOCK_BYTES);
  assertEquals(part(cache, 10, 20), undefined);
  assertEquals(part(cache, 30, 40), bytes.slice(30, 40));
  assertEquals(part(cache, 10, 20), bytes.slice(10, 20));
  await Deno.remove(path);
});

Deno.test("a block replaces another only when it was asked for many times", async () => {
  const { path, bytes } = await makeText();
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  using text = openPositional(path);
  const cache = new TextCache(text, TEXT_BLOCK_BYTES);
  for (let i = 0; i < 2; i++) cache.locate(0, 1);
  const from = TEXT_BLOCK_BYTES;
  for (let i = 1; i < ADMIT_AFTER_MISSES; i++) {
    assertEquals(cache.locate(from, from + 5), -1);
    assertEquals(part(cache, 0, 5), bytes.slice(0, 5));
  }
  assertEquals(part(cache, from, from + 5), bytes.slice(from, from + 5));
  assertEquals(cache.locate(0, 5), -1);
  await Deno.remove(path);
});

Deno.test("a part that crosses blocks' ends is given where they stand one behind the other", async () => {
  const { path, bytes } = await makeText();
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  using text = openPositional(path);
  const cache = new TextCache(text, 4 * TEXT_BLOCK_BYTES);
  const [from, to] = [TEXT_BLOCK_BYTES - 1, 3 * TEXT_BLOCK_BYTES + 2];
  // Each block is asked for twice, and only when the one before it is there.
  for (let i = 0; i < 4; i++) assertEquals(part(cache, from, to), undefined);
  assertEquals(part(cache, from, to), bytes.slice(from, to));
  const last = 4 * TEXT_BLOCK_BYTES;
  for (let i = 0; i < ADMIT_AFTER_MISSES; i++) cache.locate(last, last + 1);
  assertEquals(part(cache, last, last + 1), bytes.slice(last, last + 1));
  assertEquals(part(cache, last - 1, last + 1), undefined, "its frame is before the other's");
  await Deno.remove(path);
});

Deno.test("what is given is what stands in the text, whatever was replaced before", async () => {
  const { path, bytes } = await makeText();
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  using text = openPositional(path);
  const askedFor = fc.array(
    fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 200 }), fc.boolean()),
    { minLength: 1, maxLength: 200 },
  );
  fc.assert(fc.property(fc.integer({ min: 0, max: BLOCKS + 1 }), askedFor, (frames, parts) => {
    const cache = new TextCache(text, frames * TEXT_BLOCK_BYTES);
    assertLessOrEqual(cache.budgetBytes, frames * TEXT_BLOCK_BYTES);
    for (const [from, length, isTwice] of parts) {
      const to = Math.min(from + length, bytes.length);
      for (let i = 0; i < (isTwice ? 2 : 1); i++) {
        const found = part(cache, from, to);
        if (found !== undefined) assertEquals(found, bytes.slice(from, to));
      }
    }
  }));
  await Deno.remove(path);
});

Deno.test("a text that fits is wholly in memory after every block was asked for twice", async () => {
  const { path, bytes } = await makeText();
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  using text = openPositional(path);
  const cache = new TextCache(text, 100 * TEXT_BLOCK_BYTES);
  assertEquals(cache.budgetBytes, BLOCKS * TEXT_BLOCK_BYTES);
  const starts = Array.from({ length: BLOCKS }, (_, i) => i * TEXT_BLOCK_BYTES);
  for (const start of [...starts, ...starts]) cache.locate(start, start + 1);
  for (const start of starts) {
    assertEquals(part(cache, start + 7, start + 900), bytes.slice(start + 7, start + 900));
  }
  await Deno.remove(path);
});

Deno.test("a block that could not be read leaves nothing wrong in memory", async () => {
  const { path, bytes } = await makeText();
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  using text = openPositional(path);
  const cache = new TextCache(text, TEXT_BLOCK_BYTES);
  cache.locate(0, 1);
  assertEquals(cache.locate(0, 1), 0);
  await Deno.truncate(path, 2 * TEXT_BLOCK_BYTES);
  const from = 3 * TEXT_BLOCK_BYTES;
  for (let i = 1; i < ADMIT_AFTER_MISSES; i++) assertEquals(cache.locate(from, from + 1), -1);
  assertThrows(() => cache.locate(from, from + 1), TextError);
  cache.locate(1, 9);
  assertEquals(part(cache, 1, 9), bytes.slice(1, 9));
  await Deno.remove(path);
});

Deno.test("a block replaces the one in its frame only when it was asked for many times in a row", async () => {
  const { path, bytes } = await makeText();
  using _clock = new ManualClock();
  using text = openPositional(path);
  // Blocks 1, 3 and 5 have one frame, the others another.
  const cache = new TextCache(text, 2 * TEXT_BLOCK_BYTES);
  const ask = (block: number) =>
    cache.locate(block * TEXT_BLOCK_BYTES, block * TEXT_BLOCK_BYTES + 9);
  for (const block of [0, 1, 0, 1]) ask(block);
  for (let i = 0; i < 3 * ADMIT_AFTER_MISSES; i++) assertEquals([ask(3), ask(5)], [-1, -1]);
  for (let i = 1; i < ADMIT_AFTER_MISSES; i++) assertEquals(ask(3), -1);
  const from = 3 * TEXT_BLOCK_BYTES;
  assertEquals(part(cache, from, from + 9), bytes.slice(from, from + 9));
  assertEquals([ask(1), part(cache, 0, 9)], [-1, bytes.slice(0, 9)]);
  await Deno.remove(path);
});

Deno.test("a block that is not at hand is not read, however often it is asked for", async () => {
  const { path, bytes } = await makeText();
  using _clock = new ManualClock();
  using text = openPositional(path);
  const cache = new TextCache(text, BLOCKS * TEXT_BLOCK_BYTES);
  for (let i = 0; i < 2; i++) cache.locate(0, 1);
  const { isAtHand } = text;
  text.isAtHand = () => false;
  for (let i = 0; i < 2 * ADMIT_AFTER_MISSES; i++) {
    assertEquals(cache.locate(TEXT_BLOCK_BYTES, TEXT_BLOCK_BYTES + 1), -1);
  }
  assertEquals(part(cache, 7, 9), bytes.slice(7, 9), "what is in memory needs no reading");
  text.isAtHand = isAtHand;
  const [from, to] = [TEXT_BLOCK_BYTES + 5, TEXT_BLOCK_BYTES + 9];
  cache.locate(from, to);
  assertEquals(part(cache, from, to), bytes.slice(from, to));
  await Deno.remove(path);
});

Deno.test("it is the whole block that must be at hand, up to the end of the text", async () => {
  const { path, bytes } = await makeText();
  using text = openPositional(path);
  const cache = new TextCache(text, BLOCKS * TEXT_BLOCK_BYTES);
  const asked = new Set<string>();
  text.isAtHand = (from, to) => {
    asked.add(`${from} to ${to}`);
    return false;
  };
  const last = (BLOCKS - 1) * TEXT_BLOCK_BYTES;
  // Twice, because it may be looked at only where the block is wanted.
  for (const from of [TEXT_BLOCK_BYTES + 5, TEXT_BLOCK_BYTES + 5, last, last]) {
    assertEquals(cache.locate(from, from + 1), -1);
  }
  const whole = `${TEXT_BLOCK_BYTES} to ${2 * TEXT_BLOCK_BYTES}`;
  assertEquals([...asked], [whole, `${last} to ${bytes.length}`]);
  await Deno.remove(path);
});

Deno.test("a block that was read while the text was not sound is not kept", async () => {
  const { path, bytes } = await makeText();
  using _clock = new ManualClock();
  using text = openPositional(path);
  let isSound = false;
  const cache = new TextCache(text, BLOCKS * TEXT_BLOCK_BYTES, { isSound: () => isSound });
  for (let i = 0; i < 4; i++) assertEquals(cache.locate(0, 9), -1);
  isSound = true;
  assertEquals(part(cache, 0, 9), bytes.slice(0, 9));
  await Deno.remove(path);
});
