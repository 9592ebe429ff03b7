import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  copyAll,
  SequentialReader,
  SequentialWriter,
} from "../../../src/index/build/sequential_file.ts";
import { assertSameBytes, concatBytes } from "../../support/e2e_bytes.ts";
import { withEmptyFile } from "../../support/index_files.ts";

/** The size of their buffers. */
const BUFFER_BYTES = 256 * 1024;

/** Sizes of pieces: mostly small, some around and beyond the size of the buffers. */
const sizes = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.nat(2000) },
    { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }).map((n) => BUFFER_BYTES + n) },
    { weight: 1, arbitrary: fc.nat(600_000) },
  ),
  { maxLength: 12, size: "max" },
);

/** Pieces that differ from each other. */
function piecesOf(sizes: readonly number[]): Uint8Array[] {
  let next = 0;
  return sizes.map((size) =>
    new Uint8Array(size).map(() => {
      next = (next * 1103515245 + 12345) >>> 0 & 0x7fffffff;
      return next >>> 16;
    })
  );
}

Deno.test("SequentialReader reads the pieces that SequentialWriter wrote", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      await withEmptyFile((file) => {
        const pieces = piecesOf(sizes);
        const writer = new SequentialWriter(file);
        for (const piece of pieces) writer.write(piece);
        writer.flush();
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

Deno.test("SequentialWriter.write() of pieces around the size of its buffer writes all bytes", async () => {
  for (const first of [0, 1, 2]) {
    for (let shift = -3; shift <= 1; shift++) {
      await withEmptyFile((file, path) => {
        const pieces = piecesOf([first, BUFFER_BYTES + shift, 1, 2]);
        const writer = new SequentialWriter(file);
        for (const piece of pieces) writer.write(piece);
        writer.flush();
        assertSameBytes(Deno.readFileSync(path), concatBytes(pieces), `${first} and ${shift}`);
      });
    }
  }
});

Deno.test("SequentialWriter.bytes counts what was given to it, flushed or not", async () => {
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

Deno.test("SequentialWriter.write() has copied the bytes when it returns", async () => {
  await withEmptyFile((file, path) => {
    const writer = new SequentialWriter(file);
    const piece = new Uint8Array(3);
    for (let i = 1; i <= 4; i++) writer.write(piece.fill(i));
    writer.flush();
    assertEquals([...Deno.readFileSync(path)], [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  });
});

Deno.test("SequentialWriter begins at the current position of the file, SequentialReader at its beginning", async () => {
  await withEmptyFile((file) => {
    file.writeSync(Uint8Array.of(1, 2, 3, 4));
    file.seekSync(2, Deno.SeekMode.Start);
    const writer = new SequentialWriter(file);
    writer.write(Uint8Array.of(9, 8));
    writer.flush();
    assertEquals([...new SequentialReader(file).read(4)], [1, 2, 9, 8]);
  });
});

Deno.test("SequentialReader.read() throws if the file ends too early", async () => {
  await withEmptyFile((file) => {
    file.writeSync(new Uint8Array(10));
    const reader = new SequentialReader(file);
    assertEquals(reader.read(0).length, 0);
    assertEquals(reader.read(4).length, 4);
    assertThrows(() => reader.read(7), Error, "ended early");
  });
});

Deno.test("SequentialWriter.writeZeros() writes that many zeros between pieces", async () => {
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
        assertSameBytes(Deno.readFileSync(path), concatBytes(expected), `${sizes} and ${gaps}`);
      });
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

Deno.test("SequentialWriter.writeZeros() overwrites what was in its buffer", async () => {
  for (let shift = -1; shift <= 1; shift++) {
    await withEmptyFile((file, path) => {
      const writer = new SequentialWriter(file);
      // Fills the buffer with a byte that is not zero.
      const before = new Uint8Array(BUFFER_BYTES).fill(0xee);
      writer.write(before);
      writer.writeZeros(BUFFER_BYTES + shift);
      writer.write(Uint8Array.of(7));
      writer.writeZeros(0);
      writer.flush();
      const expected = [before, new Uint8Array(BUFFER_BYTES + shift), Uint8Array.of(7)];
      assertSameBytes(Deno.readFileSync(path), concatBytes(expected), `${shift}`);
    });
  }
});

Deno.test("copyAll() copies the bytes from an offset to the end of the file", async () => {
  for (const size of [0, 5, BUFFER_BYTES, 2 * BUFFER_BYTES + 9]) {
    const [piece] = piecesOf([size]);
    await withEmptyFile(async (from) => {
      await withEmptyFile((to, path) => {
        const writer = new SequentialWriter(from);
        writer.write(Uint8Array.of(7, 7, 7));
        writer.write(piece!);
        writer.flush();
        const copy = new SequentialWriter(to);
        copyAll(from, 3, copy);
        assertSameBytes(Deno.readFileSync(path), piece!, `${size} bytes`);
      });
    });
  }
});
