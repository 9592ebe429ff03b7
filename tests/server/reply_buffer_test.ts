import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ReplyBuffer } from "../../src/server/reply_buffer.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("what was appended is taken, in order, once", () => {
  const buffer = new ReplyBuffer();
  buffer.append(encode("OK\n"));
  buffer.append(encode(""));
  buffer.append(encode("one\n"));
  assertEquals(buffer.take(), encode("OK\none\n"));
  assertEquals(buffer.take(), encode(""));
  buffer.append(encode("ERR\n"));
  assertEquals(buffer.take(), encode("ERR\n"));
});

Deno.test("what was appended may be changed, and what was taken stays", () => {
  const buffer = new ReplyBuffer();
  const bytes = encode("one");
  buffer.append(bytes);
  bytes.fill(0);
  const taken = buffer.take();
  buffer.append(encode("two"));
  assertEquals(taken, encode("one"));
  taken.fill(0);
  assertEquals(buffer.take(), encode("two"));
});

Deno.test("a view is appended, not the buffer behind it", () => {
  const buffer = new ReplyBuffer();
  buffer.append(encode("0123456789").subarray(3, 6));
  assertEquals(buffer.take(), encode("345"));
});

Deno.test("bytes are counted since the last take, and since the last endBatch", () => {
  const buffer = new ReplyBuffer();
  const counts = () => [buffer.usedBytes, buffer.batchBytes];
  assertEquals(counts(), [0, 0]);
  buffer.append(new Uint8Array(3000));
  assertEquals(counts(), [3000, 3000]);
  buffer.take();
  assertEquals(counts(), [0, 3000]);
  buffer.append(new Uint8Array(5));
  assertEquals(counts(), [5, 3005]);
  buffer.take();
  buffer.endBatch();
  assertEquals(counts(), [0, 0]);
});

Deno.test("the buffer grows to whatever is appended, and gives the same bytes", () => {
  const sizes = fc.array(fc.constantFrom(0, 1, 3, 1000, 1023, 1024, 1025, 5000), { maxLength: 12 });
  fc.assert(fc.property(fc.array(sizes, { maxLength: 4 }), (takes) => {
    const buffer = new ReplyBuffer();
    let next = 0;
    for (const appended of takes) {
      const expected: number[] = [];
      for (const size of appended) {
        const bytes = Uint8Array.from({ length: size }, () => next++);
        buffer.append(bytes);
        expected.push(...bytes);
      }
      assertEquals(buffer.usedBytes, expected.length);
      assertEquals(Array.from(buffer.take()), expected);
    }
  }));
});

Deno.test("what was taken stays until two more batches were begun", () => {
  const sizes = fc.array(fc.constantFrom(1, 60, 1000, 3000, 5000), { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(fc.array(sizes, { minLength: 3, maxLength: 8 }), (batches) => {
    const buffer = new ReplyBuffer();
    let next = 0;
    let before: { taken: Uint8Array; expected: Uint8Array }[] = [];
    for (const takes of batches) {
      const now: typeof before = [];
      for (const size of takes) {
        const expected = Uint8Array.from({ length: size }, () => next++);
        buffer.append(expected);
        now.push({ taken: buffer.take(), expected });
      }
      for (const { taken, expected } of [...before, ...now]) assertEquals(taken, expected);
      before = now;
      buffer.endBatch();
    }
  }));
});
