import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SequentialReader, SequentialWriter } from "../../../src/index/build/sequential_file.ts";
import { withEmptyFile } from "../../support/index_files.ts";

/** What is collected before it is written, and read at a time. */
const BUFFER_BYTES = 256 * 1024;

/** Sizes of pieces: mostly small, some around and beyond what is read and written at a time. */
const sizes = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.nat(2000) },
    { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }).map((n) => BUFFER_BYTES + n) },
    { weight: 1, arbitrary: fc.nat(600_000) },
  ),
  { maxLength: 12, size: "max" },
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

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
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
        const pieces = piecesOf([first, BUFFER_BYTES + shift, 1, 2]);
        const writer = new SequentialWriter(file);
        for (const piece of pieces) writer.write(piece);
        writer.flush();
        assertSameBytes(Deno.readFileSync(path), joined(pieces), `${first} and ${shift}`);
      });
    }
  }
});

Deno.test("the writer counts the bytes given to it, written or not", async () => {
  await withEmptyFile((file) => {
    const writer = new SequentialWriter(file);
    let given = 0;
    for (const size of [0, 1, 100, BUFFER_BYTES, 300_000, 5]) {
      writer.write(new Uint8Array(size));
      given += size;
      assertEquals(writer.bytes, given);
      writer.writeZeros(size);
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

Deno.test("zeros are written between pieces, as many as were asked for", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (sizes, gaps) => {
      await withEmptyFile((file, path) => {
        const writer = new SequentialWriter(file);
        const expected: Uint8Array[] = [];
        for (const [i, piece] of piecesOf(sizes).entries()) {
          const zeros = gaps[i] ?? i;
          writer.write(piece);
          writer.writeZeros(zeros);
          expected.push(piece, new Uint8Array(zeros));
        }
        writer.flush();
        assertSameBytes(Deno.readFileSync(path), joined(expected), `${sizes} and ${gaps}`);
      });
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

Deno.test("zeros that just fill what is collected are zeros, whatever stood there before", async () => {
  for (let shift = -1; shift <= 1; shift++) {
    await withEmptyFile((file, path) => {
      const writer = new SequentialWriter(file);
      // Fills all that is collected with what is no zero.
      const before = new Uint8Array(BUFFER_BYTES).fill(0xee);
      writer.write(before);
      writer.writeZeros(BUFFER_BYTES + shift);
      writer.write(Uint8Array.of(7));
      writer.writeZeros(0);
      writer.flush();
      const expected = [before, new Uint8Array(BUFFER_BYTES + shift), Uint8Array.of(7)];
      assertSameBytes(Deno.readFileSync(path), joined(expected), `${shift}`);
    });
  }
});

Deno.test("what was looked at is still to be read, however often it was looked at", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (sizes, looks) => {
      await withEmptyFile((file) => {
        const all = joined(piecesOf(sizes));
        file.writeSync(all);
        file.seekSync(0, Deno.SeekMode.Start);
        const reader = new SequentialReader(file);
        let at = 0;
        for (const [i, size] of sizes.entries()) {
          const look = Math.min(looks[i] ?? 24, all.length - at);
          assertSameBytes(reader.peek(look), all.subarray(at, at + look), `a look at ${at}`);
          const less = look >> 1;
          assertSameBytes(reader.peek(less), all.subarray(at, at + less), `a second at ${at}`);
          assertSameBytes(reader.read(size), all.subarray(at, at + size), `piece ${i}`);
          at += size;
        }
      });
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

Deno.test("a look beyond the file's end throws, and takes nothing", async () => {
  await withEmptyFile((file) => {
    file.writeSync(Uint8Array.of(1, 2, 3));
    file.seekSync(0, Deno.SeekMode.Start);
    const reader = new SequentialReader(file);
    assertThrows(() => reader.peek(4), Error, "ended early");
    assertEquals([...reader.read(3)], [1, 2, 3]);
    assertEquals(reader.peek(0).length, 0);
    assertThrows(() => reader.peek(1), Error, "ended early");
  });
});
