import { assertEquals, assertLess, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { ByteBuffer } from "../../src/protocol/byte_buffer.ts";
import { latin1 } from "../support/e2e_bytes.ts";

/** What is done to a buffer. */
type Step = number | "take" | "takeOwned";

Deno.test("ByteBuffer gives what a plain array gives, whatever is done to it", () => {
  const size = fc.constantFrom(0, 1, 3, 127, 128, 129, 1000, 1023, 1024, 1025, 5000, 40_000);
  const step = fc.oneof(
    { weight: 4, arbitrary: size },
    { weight: 1, arbitrary: fc.constant<Step>("take") },
    { weight: 1, arbitrary: fc.constant<Step>("takeOwned") },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps: readonly Step[]) => {
      const buffer = new ByteBuffer();
      const owned: [taken: Uint8Array, expected: Uint8Array][] = [];
      let model: number[] = [];
      let next = 0;
      for (const step of steps) {
        if (typeof step === "number") {
          // The bytes around the part that is appended are not appended.
          const bytes = Uint8Array.from({ length: step + 5 }, () => next++ * 7);
          buffer.append(bytes, 2, 2 + step);
          for (const byte of bytes.subarray(2, 2 + step)) model.push(byte);
          bytes.fill(0xaa);
        } else {
          const taken = buffer[step]();
          const expected = Uint8Array.from(model);
          assertEquals(taken, expected);
          if (step === "takeOwned") owned.push([taken, expected]);
          model = [];
        }
        assertEquals(buffer.length, model.length);
      }
      for (const [taken, expected] of owned) assertEquals(taken, expected);
    }),
    { numRuns: 200 },
  );
});

Deno.test("ByteBuffer.append() of a view appends the view, not the memory behind it", () => {
  const buffer = new ByteBuffer();
  buffer.append(latin1("0123456789").subarray(3, 6));
  assertEquals(buffer.take(), latin1("345"));
});

Deno.test("ByteBuffer.take() leaves what it returned unchanged until the next append", () => {
  for (const size of [1, 1000, 5000, 40_000]) {
    const buffer = new ByteBuffer();
    buffer.append(new Uint8Array(size).fill(1));
    const taken = buffer.take();
    assertEquals([buffer.length, buffer.take().length, buffer.takeOwned().length], [0, 0, 0]);
    assertEquals(taken, new Uint8Array(size).fill(1));
  }
});

Deno.test("ByteBuffer.take() drops memory that many bytes needed", () => {
  const buffer = new ByteBuffer();
  buffer.append(new Uint8Array(1024 * 1024));
  buffer.take();
  buffer.append(latin1("ERR\n"));
  assertLess(buffer.take().buffer.byteLength, 64 * 1024);
});

Deno.test("ByteBuffer.take() keeps the memory that few bytes need", () => {
  const buffer = new ByteBuffer();
  buffer.append(latin1("one"));
  const { buffer: memory } = buffer.take();
  for (let i = 0; i < 100; i++) {
    buffer.append(latin1("two"));
    assertStrictEquals(buffer.take().buffer, memory);
  }
});
