import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SequentialReader, SequentialWriter } from "../../src/index/sequential_file.ts";
import { withEmptyFile } from "../support/index_files.ts";

/** Sizes of pieces: mostly small, some around and beyond what is read and written at a time. */
const sizes = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.nat(2000) },
    { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }).map((n) => 256 * 1024 + n) },
    { weight: 1, arbitrary: fc.nat(600_000) },
  ),
  { maxLength: 12 },
);

/** Pieces that do not look like each other. */
function piecesOf(sizes: readonly number[]): Uint8Array[] {
  let next = 0;
  return sizes.map((size) =>
    new Uint8Array(size).map(() => {
      next = (next * 1103515245 + 12345) >>> 0 & 0x7fffffff;
      return next >>> 16;
    })
  );
}

function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const same = actual.length === expected.length && actual.every((byte, i) => byte === expected[i]);
  assertEquals(same, true, what);
}

Deno.test("what was written piece by piece is read piece by piece", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      await withEmptyFile((file) => {
        const pieces = piecesOf(sizes);
        const writer = new SequentialWriter(file);
        for (const piece of pieces) writer.write(piece);
        writer.flush();
        file.seekSync(0, Deno.SeekMode.Start);
        const reader = new SequentialReader(file);
        for (const [i, piece] of pieces.entries()) {
          assertSameBytes(reader.read(piece.length), piece, `piece ${i}`);
        }
        assertThrows(() => reader.read(1), Error, "ended early");
      });
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

Deno.test("pieces that just fit into what is collected, and that just do not", async () => {
  for (const first of [0, 1, 2]) {
    for (let shift = -3; shift <= 1; shift++) {
      await withEmptyFile((file, path) => {
        const pieces = piecesOf([first, 256 * 1024 + shift, 1, 2]);
        const writer = new SequentialWriter(file);
        for (const piece of pieces) writer.write(piece);
        writer.flush();
        const expected = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
        let at = 0;
        for (const piece of pieces) {
          expected.set(piece, at);
          at += piece.length;
        }
        assertSameBytes(Deno.readFileSync(path), expected, `${first} and ${shift}`);
      });
    }
  }
});

Deno.test("the writer counts the bytes given to it, written or not", async () => {
  await withEmptyFile((file) => {
    const writer = new SequentialWriter(file);
    let given = 0;
    for (const size of [0, 1, 100, 256 * 1024, 300_000, 5]) {
      writer.write(new Uint8Array(size));
      given += size;
      assertEquals(writer.bytes, given);
    }
    writer.flush();
    assertEquals(writer.bytes, given);
    assertEquals(file.statSync().size, given);
    writer.flush();
    assertEquals(file.statSync().size, given);
  });
});

Deno.test("the writer has taken a piece when write returns: the caller may use it anew", async () => {
  await withEmptyFile((file, path) => {
    const writer = new SequentialWriter(file);
    const piece = new Uint8Array(3);
    for (let i = 1; i <= 4; i++) writer.write(piece.fill(i));
    writer.flush();
    assertEquals([...Deno.readFileSync(path)], [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  });
});

Deno.test("writer and reader begin where the file stands", async () => {
  await withEmptyFile((file) => {
    file.writeSync(Uint8Array.of(1, 2, 3, 4));
    file.seekSync(2, Deno.SeekMode.Start);
    const writer = new SequentialWriter(file);
    writer.write(Uint8Array.of(9, 8));
    writer.flush();
    file.seekSync(1, Deno.SeekMode.Start);
    assertEquals([...new SequentialReader(file).read(3)], [2, 9, 8]);
  });
});

Deno.test("the reader throws where the file ends before what was asked for", async () => {
  await withEmptyFile((file) => {
    file.writeSync(new Uint8Array(10));
    file.seekSync(0, Deno.SeekMode.Start);
    const reader = new SequentialReader(file);
    assertEquals(reader.read(0).length, 0);
    assertEquals(reader.read(4).length, 4);
    assertThrows(() => reader.read(7), Error, "ended early");
  });
});
