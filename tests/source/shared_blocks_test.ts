import { assert, assertEquals } from "@std/assert";
import { SharedText } from "../../src/source/shared_blocks.ts";
import { TEXT_BLOCK_BYTES } from "../../src/source/text_block.ts";
import { TextCache } from "../../src/source/block_cache.ts";
import { openPositional, TextFixture } from "../support/text_fixture.ts";

const BYTES = 2 * TEXT_BLOCK_BYTES + 10;

Deno.test("a block that one thread has published is there for all, and no other is", () => {
  const one = SharedText.create(BYTES);
  const other = new SharedText(one.buffer, BYTES);
  assertEquals([0, 1, 2].map((block) => other.has(block)), [false, false, false]);
  one.publish(1, new Uint8Array(TEXT_BLOCK_BYTES).fill(7));
  assertEquals([0, 1, 2].map((block) => other.has(block)), [false, true, false]);
  assertEquals(other.bytes.indexOf(7), TEXT_BLOCK_BYTES);
  assertEquals(other.bytes.lastIndexOf(7), 2 * TEXT_BLOCK_BYTES - 1);
});

Deno.test("a block that is there stays as it is", () => {
  const shared = SharedText.create(BYTES);
  shared.publish(2, new Uint8Array(10).fill(1));
  shared.publish(2, new Uint8Array(10).fill(2));
  assertEquals(shared.bytes[2 * TEXT_BLOCK_BYTES], 1);
});

Deno.test("a text of any size has room", () => {
  for (const textBytes of [0, 1, TEXT_BLOCK_BYTES, TEXT_BLOCK_BYTES + 1]) {
    assert(SharedText.create(textBytes).bytes.length >= textBytes);
  }
});

Deno.test("what one cache has read another finds at once, without reading", async () => {
  const content = Uint8Array.from({ length: BYTES }, (_, i) => i % 251);
  await using fixture = await TextFixture.create(content);
  using text = openPositional(fixture.textPath);
  const shared = SharedText.create(BYTES);
  const one = new TextCache(text, 0, { shared });
  const other = new TextCache(text, 0, { shared: new SharedText(shared.buffer, BYTES) });
  const from = BYTES - 5;
  assertEquals([one.locate(from, BYTES), one.locate(from, BYTES)], [-1, from]);
  text.readSync = () => {
    throw new Error("read again");
  };
  const at = other.locate(from, BYTES);
  assertEquals(other.bytes.slice(at, at + 5), content.slice(from));
});
