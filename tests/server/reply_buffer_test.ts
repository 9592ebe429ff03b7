import { assert, assertEquals, assertLess, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { ReplyBuffer } from "../../src/server/reply_buffer.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One byte is one character. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
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

Deno.test("what was appended may be changed, and what is taken next is not what was taken", () => {
  const buffer = new ReplyBuffer();
  const bytes = encode("one");
  buffer.append(bytes);
  bytes.fill(0);
  const taken = buffer.take();
  assertEquals(taken, encode("one"));
  taken.fill(0);
  buffer.append(encode("two"));
  assertEquals(buffer.take(), encode("two"));
});

Deno.test("a view is appended, not the buffer behind it", () => {
  const buffer = new ReplyBuffer();
  buffer.append(encode("0123456789").subarray(3, 6));
  assertEquals(buffer.take(), encode("345"));
});

const HEAD = encode("OK\r\n");
const TAIL = encode("\n");

/** As bytes that were read: what is appended stands between others, which may be LFs. */
function between(line: Uint8Array): { bytes: Uint8Array; start: number; end: number } {
  const bytes = Uint8Array.of(10, 10, ...line, 10, 13, 10);
  return { bytes, start: 2, end: 2 + line.length };
}

function appendLine(buffer: ReplyBuffer, line: Uint8Array): boolean {
  const { bytes, start, end } = between(line);
  return buffer.appendLine(HEAD, bytes, start, end, TAIL);
}

const LINE_LENGTHS = [0, 1, 2, 127, 128, 129, 1000, 5000];

Deno.test("a line is appended between its head and its tail, and nothing of what stands around it", () => {
  for (const length of LINE_LENGTHS) {
    const buffer = new ReplyBuffer();
    const line = new Uint8Array(length).fill(13);
    buffer.append(encode("before"));
    assert(appendLine(buffer, line));
    assertEquals(buffer.usedBytes, "before".length + HEAD.length + length + TAIL.length);
    assert(appendLine(buffer, line));
    const reply = [...HEAD, ...line, ...TAIL];
    assertEquals(buffer.take(), Uint8Array.of(...encode("before"), ...reply, ...reply));
  }
});

Deno.test("of a line with an LF within, wherever it is, nothing is appended, and its head neither", () => {
  for (const length of LINE_LENGTHS) {
    const places = new Set([0, 1, length >> 1, length - 2, length - 1]);
    for (const at of [...places].filter((at) => at >= 0 && at < length)) {
      const buffer = new ReplyBuffer();
      buffer.append(encode("before "));
      const line = new Uint8Array(length).fill(0x78);
      line[at] = 10;
      assertEquals(appendLine(buffer, line), false, `LF at ${at} of ${length}`);
      assertEquals(buffer.usedBytes, "before ".length);
      buffer.append(encode("behind"));
      assertEquals(buffer.take(), encode("before behind"));
    }
  }
});

Deno.test("bytes are counted since the last take", () => {
  const buffer = new ReplyBuffer();
  assertEquals(buffer.usedBytes, 0);
  buffer.append(new Uint8Array(3000));
  buffer.append(new Uint8Array(2));
  assertEquals(buffer.usedBytes, 3002);
  buffer.take();
  assertEquals(buffer.usedBytes, 0);
  buffer.append(new Uint8Array(5));
  assertEquals(buffer.usedBytes, 5);
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

Deno.test("what was taken is intact until the next append", () => {
  const sizes = fc.array(fc.constantFrom(1, 60, 1000, 3000, 5000, 40_000), { maxLength: 4 });
  fc.assert(fc.property(fc.array(sizes, { maxLength: 5 }), (takes) => {
    const buffer = new ReplyBuffer();
    let next = 0;
    for (const appended of takes) {
      const parts = appended.map((size) => Uint8Array.from({ length: size }, () => next++));
      for (const part of parts) buffer.append(part);
      const taken = buffer.take();
      // Neither of these is an append.
      assertEquals([buffer.usedBytes, buffer.take().length], [0, 0]);
      assert(decode(taken) === parts.map(decode).join(""));
    }
  }));
});

Deno.test("the memory that many bytes needed is let go when they are taken", () => {
  const buffer = new ReplyBuffer();
  buffer.append(new Uint8Array(1024 * 1024));
  buffer.take();
  buffer.append(encode("ERR\n"));
  assertLess(buffer.take().buffer.byteLength, 64 * 1024);
});

Deno.test("few bytes are collected in the same memory again and again", () => {
  const buffer = new ReplyBuffer();
  buffer.append(encode("one"));
  const { buffer: memory } = buffer.take();
  for (let i = 0; i < 100; i++) {
    buffer.append(encode("two"));
    assertStrictEquals(buffer.take().buffer, memory);
  }
});
