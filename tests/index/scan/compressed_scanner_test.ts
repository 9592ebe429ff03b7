import { assertEquals } from "@std/assert";
import { CompressedScanner } from "../../../src/index/scan/compressed_scanner.ts";
import type { Codec } from "../../../src/source/compressed/codec.ts";
import type { ByteSource } from "../../../src/source/text_source.ts";

const NO_SOURCE: ByteSource = {
  name: "none",
  size: 1,
  tryRead: () => true,
  read: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

// Its file has one block with that text.
function scannerOf(line: string): CompressedScanner {
  const text = new TextEncoder().encode(line);
  const place = { textOffset: 0, textBytes: text.length, storedOffset: 0, storedBytes: 1 };
  const codec: Codec = {
    name: "bgzf",
    async *scan() {
      yield { ...place, skippedBits: 0, text, window: undefined };
    },
    unpack: () => text,
  };
  return new CompressedScanner(NO_SOURCE, codec, { onBlock: () => {} });
}

Deno.test("CompressedScanner of two files in turns finds the newlines of each", async () => {
  const [a, b] = [scannerOf("a\nbc\n").segments(), scannerOf("four\n").segments()];
  const ofA = await a.next();
  const ofB = await b.next();
  assertEquals([...ofA.value!.newlines], [1, 4]);
  assertEquals([...ofB.value!.newlines], [4]);
});
