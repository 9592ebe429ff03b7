import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { buildFrom, latin1, withPlaces } from "../../support/index_files.ts";
import { assertSameLines, type Line, linesOf } from "../../support/index_lines.ts";
import { plainXxh32 } from "../../support/index_xxh32.ts";

/** A reader that is written from docs/index-format.md alone, as plainly as possible. */
class PlainReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly linesPerPage: number;
  readonly lines: number;
  readonly textBytes: number;
  readonly slotWidth: number;
  readonly fingerprint: Uint8Array;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer);
    const magic = [0x89, 0x4c, 0x49, 0x44, 0x58, 0x0d, 0x0a, 0x1a];
    assertEquals([...bytes.subarray(0, 8)], magic);
    assertEquals(view.getUint32(8, true), 4, "version");
    assertEquals(view.getUint32(124, true), plainXxh32(bytes.subarray(0, 124), 0));
    this.#bytes = bytes;
    this.#view = view;
    this.linesPerPage = view.getUint32(12, true);
    this.lines = this.#u64(16);
    this.textBytes = this.#u64(24);
    assertEquals(this.#u64(32), bytes.length);
    this.slotWidth = view.getUint32(40, true);
    this.fingerprint = bytes.subarray(48, 80);
  }

  linesOfPage(page: number): { lines: Line[]; overflows: boolean } {
    const count = Math.min(this.linesPerPage, this.lines - page * this.linesPerPage);
    const slotAt = 128 + page * this.#slotBytes(this.linesPerPage);
    const overflows = this.#bytes[slotAt + 5] === 1;
    if (!overflows) return { lines: this.#linesAt(slotAt, count, page), overflows };
    this.#assertChecksum(slotAt, 24, page);
    const lastSlotLines = (this.lines - 1) % this.linesPerPage + 1;
    const lastPage = Math.ceil(this.lines / this.linesPerPage) - 1;
    const overflowAt = 128 + lastPage * this.#slotBytes(this.linesPerPage) +
      this.#slotBytes(lastSlotLines);
    const pageAt = overflowAt + this.#u64(slotAt + 8);
    assertEquals(this.#bytes[pageAt + 4], this.#bytes[slotAt + 4], "width");
    return { lines: this.#linesAt(pageAt, count, page), overflows };
  }

  #linesAt(at: number, count: number, page: number): Line[] {
    const width = this.#bytes[at + 4]!;
    assertEquals(this.#bytes[at + 5], 0, "kind");
    this.#assertChecksum(at, 24 + Math.ceil(count * width / 8), page);
    let start = this.#u64(at + 8);
    const shortest = this.#u64(at + 16);
    return Array.from({ length: count }, (_, i) => {
      let packed = 0;
      for (let bit = 0; bit < width; bit++) {
        const position = i * width + bit;
        const byte = this.#bytes[at + 24 + Math.floor(position / 8)]!;
        packed += (byte >> position % 8 & 1) * 2 ** bit;
      }
      const line = { start, length: shortest + packed };
      start += line.length;
      return line;
    });
  }

  #slotBytes(lines: number): number {
    return 24 + Math.ceil(lines * this.slotWidth / 8);
  }

  #assertChecksum(at: number, length: number, page: number): void {
    const seed = (plainXxh32(this.fingerprint, this.linesPerPage) + page) % 2 ** 32;
    const rest = this.#bytes.subarray(at + 4, at + length);
    assertEquals(this.#view.getUint32(at, true), plainXxh32(rest, seed), `page ${page}`);
  }

  #u64(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }
}

/** A text of short lines and a few long ones, so that some pages overflow. */
function textWithLongLines(lines: number): Uint8Array<ArrayBuffer> {
  return latin1(
    Array.from({ length: lines }, (_, i) => "x".repeat(i % 97 === 50 ? 3000 + i : i * i % 60))
      .join("\n"),
  );
}

Deno.test("A reader written from docs/index-format.md finds every line of an index", async () => {
  for (const linesPerPage of [1, 7, 64, 1024]) {
    await withPlaces(async (places) => {
      const text = textWithLongLines(3000);
      await buildFrom(places, text, linesPerPage);
      const reader = new PlainReader(await Deno.readFile(places.indexPath));
      assertEquals([reader.linesPerPage, reader.textBytes], [linesPerPage, text.length]);
      const found: Line[] = [];
      let overflowing = 0;
      for (let page = 0; page * linesPerPage < reader.lines; page++) {
        const { lines, overflows } = reader.linesOfPage(page);
        found.push(...lines);
        if (overflows) overflowing++;
      }
      assertSameLines(found, linesOf(text));
      // Few pages of 7 lines have a long one.
      if (linesPerPage === 7) assert(overflowing > 0 && overflowing < found.length / 7);
      const hash = createHash("sha256").update(`linesvr text of ${text.length} bytes\n`);
      assertEquals(reader.fingerprint, new Uint8Array(hash.update(text).digest()));
    });
  }
});

Deno.test("An index of no lines is a header, as docs/index-format.md says", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, new Uint8Array());
    const bytes = await Deno.readFile(places.indexPath);
    assertEquals([bytes.length, new PlainReader(bytes).lines], [128, 0]);
    assert(bytes.subarray(80, 124).every((byte) => byte === 0));
  });
});
