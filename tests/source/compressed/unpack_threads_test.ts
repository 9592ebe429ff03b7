import { assertEquals, assertRejects } from "@std/assert";
import { DamagedBlock } from "../../../src/source/compressed/codec.ts";
import {
  shareUnpackThreads,
  UnpackThreads,
} from "../../../src/source/compressed/unpack_threads.ts";
import { compressed } from "../../support/compressed_files.ts";
import { latin1 } from "../../support/index_files.ts";

const TEXT = latin1("some words in a line\n".repeat(500));
const { stored, blocks } = await compressed([TEXT], { frameBytes: 1024 });

const storedOf = ({ storedOffset, storedBytes }: typeof blocks[number]) =>
  stored.slice(storedOffset, storedOffset + storedBytes);
const textOf = ({ textOffset, textBytes }: typeof blocks[number]) =>
  TEXT.slice(textOffset, textOffset + textBytes);

Deno.test("UnpackThreads.unpack() unpacks blocks, several at a time", async () => {
  await using threads = new UnpackThreads({ threadsMax: 2 });
  const texts = await Promise.all(
    blocks.map((block) => threads.unpack("zstd", storedOf(block), block)),
  );
  assertEquals(texts, blocks.map(textOf));
});

Deno.test("UnpackThreads.unpack() gives the stored bytes away, and copies the window", async () => {
  await using threads = new UnpackThreads({ threadsMax: 1 });
  const [block] = blocks;
  const bytes = storedOf(block!);
  const window = new Uint8Array(32);
  await threads.unpack("zstd", bytes, block!, window);
  assertEquals(bytes.length, 0);
  assertEquals(window.length, 32);
});

Deno.test("UnpackThreads.unpackAll() unpacks blocks that share a buffer, in one message", async () => {
  await using threads = new UnpackThreads({ threadsMax: 1 });
  const shared = stored.slice();
  const texts = await threads.unpackAll(
    "zstd",
    blocks.map((block) => ({
      block,
      stored: shared.subarray(block.storedOffset, block.storedOffset + block.storedBytes),
    })),
  );
  assertEquals(texts, blocks.map(textOf));
});

Deno.test("UnpackThreads.unpack() rejects with DamagedBlock if a block is damaged, and the thread goes on", async () => {
  await using threads = new UnpackThreads({ threadsMax: 1 });
  const [block] = blocks;
  const bytes = storedOf(block!);
  bytes[10]! ^= 1;
  await assertRejects(() => threads.unpack("zstd", bytes, block!), DamagedBlock);
  assertEquals(await threads.unpack("zstd", storedOf(block!), block!), textOf(block!));
});

Deno.test("UnpackThreads.unpack() rejects if its thread cannot load its module", async () => {
  const start = () => new Worker(import.meta.resolve("./no_such_module.ts"), { type: "module" });
  await using threads = new UnpackThreads({ threadsMax: 1, start });
  const [block] = blocks;
  await assertRejects(
    () => threads.unpack("zstd", storedOf(block!), block!),
    Error,
    "A thread failed to unpack (",
  );
});

Deno.test("shareUnpackThreads() shares threads, which end with the last user", async () => {
  const [block] = blocks;
  const first = shareUnpackThreads(1);
  const second = shareUnpackThreads(3);
  assertEquals(await first.unpack("zstd", storedOf(block!), block!), textOf(block!));
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  assertEquals(await second.unpack("zstd", storedOf(block!), block!), textOf(block!));
  await second[Symbol.asyncDispose]();
  const unpack = () => second.unpack("zstd", storedOf(block!), block!);
  await assertRejects(unpack, Error, "the threads are closed");
});
