import type { PageLengths } from "../../src/index/format/page_bytes.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { IndexPage } from "../../src/index/format/index_page.ts";
import { openIndex } from "../../src/index/index_reader.ts";
import { PageBuilder } from "../../src/index/build/page_builder.ts";
import {
  checksumSeeds,
  type PackedPage,
  packLengths,
  unpack,
} from "../../src/index/format/page_codec.ts";
import { FINGERPRINT_BYTES } from "../../src/source/fingerprint.ts";

/** The fingerprint of a text that does not exist; the checksums of pages depend on it. */
export const MADE_UP_FINGERPRINT: Uint8Array = new Uint8Array(FINGERPRINT_BYTES)
  .map((_, i) => 0xf3 - i);

/** The offset of a line in its text, and its length with its terminator. */
export interface Line {
  readonly start: number;
  readonly length: number;
}

/** The lines of a text, found byte by byte. */
export function linesOf(text: Uint8Array): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== 0x0a) continue;
    lines.push({ start, length: at + 1 - start });
    start = at + 1;
  }
  if (start < text.length) lines.push({ start, length: text.length - start });
  return lines;
}

/** Lines of these lengths, one after the other from `start`. */
export function linesOfLengths(lengths: readonly number[], start = 0): Line[] {
  return lengths.map((length) => {
    const line = { start, length };
    start += length;
    return line;
  });
}

/** The lines of a page. */
export function linesOfPage(page: IndexPage): Line[] {
  return Array.from(
    { length: page.lines },
    (_, place) => ({ start: page.startOf(place), length: page.lengthOf(place) }),
  );
}

/** The lines of an index, page by page. */
export async function linesOfIndex(indexPath: string): Promise<Line[]> {
  await using index = await openIndex(indexPath, { mayBlock: true });
  const lines: Line[] = [];
  for (let page = 0; page < index.pages; page++) {
    lines.push(...linesOfPage(index.tryReadPage(page)!));
  }
  assertEquals(lines.length, index.lines);
  return lines;
}

/** Asserts that an index has every line of a text at its place. */
export async function assertIndexOf(indexPath: string, text: Uint8Array): Promise<void> {
  assertSameLines(await linesOfIndex(indexPath), linesOf(text));
}

/** Compares long lists of lines, and shows only the first that differs. */
export function assertSameLines(actual: readonly Line[], expected: readonly Line[]): void {
  for (const [i, line] of expected.entries()) {
    const found = actual[i];
    if (found?.start !== line.start || found.length !== line.length) {
      assertEquals({ place: i, ...found }, { place: i, ...line });
    }
  }
  assertEquals(actual.length, expected.length);
}

/** The lengths in the pages that `PageBuilder` makes of lines of these lengths. */
export function pagesOfLengths(linesPerPage: number, lengths: readonly number[]): PageLengths[] {
  return packedPagesOf(linesPerPage, lengths).map((page) => unpack(page)!);
}

/** Copies of the pages that `PageBuilder` makes of lines of these lengths. */
export function packedPagesOf(
  linesPerPage: number,
  lengths: readonly number[],
  fingerprint = MADE_UP_FINGERPRINT,
): PackedPage[] {
  const builder = new PageBuilder(linesPerPage, fingerprint);
  return Array.from(pagesOf(builder, lengths), copyOf);
}

/** A page that stays valid. */
export function copyOf({ lines, bytes }: PackedPage): PackedPage {
  return { lines, bytes: bytes.slice() };
}

/** Adds all lines of a text that has lines of these lengths. */
export function* pagesOf(
  builder: PageBuilder,
  lengths: readonly number[],
): Generator<PackedPage, void> {
  let textBytes = 0;
  let offset = 0;
  let newlines: number[] = [];
  for (const length of lengths) {
    textBytes += length;
    const newline = textBytes - 1;
    // Newlines of one call are counted in 32 bits.
    if (newline - offset >= 2 ** 32) {
      yield* builder.add(offset, Uint32Array.from(newlines));
      newlines = [];
      offset = newline;
    }
    newlines.push(newline - offset);
  }
  yield* builder.add(offset, Uint32Array.from(newlines));
  yield* builder.finish(textBytes);
}

/** The pages of lines of these lengths, packed one value at a time. */
export function plainPagesOf(
  linesPerPage: number,
  lengths: readonly number[],
  fingerprint = MADE_UP_FINGERPRINT,
): PackedPage[] {
  const seedOf = checksumSeeds(fingerprint, linesPerPage);
  const pages: PackedPage[] = [];
  let firstOffset = 0;
  for (let from = 0; from < lengths.length; from += linesPerPage) {
    const some = Float64Array.from(lengths.slice(from, from + linesPerPage));
    const bytes = packLengths(some, firstOffset, seedOf(pages.length));
    pages.push({ lines: some.length, bytes });
    firstOffset += some.reduce((sum, length) => sum + length, 0);
  }
  return pages;
}

/**
 * Lengths of the lines of a text that stays under 2^53 bytes: mostly short, some past 2^32.
 *
 * Without a `size`, fast-check makes arrays of about ten elements, whatever their `maxLength`.
 */
export function lineLengths(
  constraints: { minLength?: number; maxLength: number },
): fc.Arbitrary<number[]> {
  const longest = Math.floor(Number.MAX_SAFE_INTEGER / constraints.maxLength);
  const short = fc.integer({ min: 1, max: 2 ** 20 });
  const any = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 100 }) },
    { weight: 3, arbitrary: short },
    { weight: 1, arbitrary: fc.integer({ min: 2 ** 31, max: Math.max(2 ** 31, longest) }) },
  );
  const sized = { ...constraints, size: "max" } as const;
  return fc.oneof(fc.array(short, sized), fc.array(any, sized));
}

/** Texts full of line ends: LF, CRLF, lone CR, NUL and other bytes. */
export function texts(maxLength: number): fc.Arbitrary<Uint8Array> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("\n", "\r\n", "\r", "\0", "\n\n\n") },
    { weight: 3, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 900 }).map((n) => "x".repeat(n)) },
  );
  return fc.oneof(
    fc.uint8Array({ maxLength, size: "max" }),
    fc.array(piece, { maxLength: Math.ceil(maxLength / 8), size: "max" })
      .map((pieces) => Uint8Array.from(pieces.join(""), (c) => c.charCodeAt(0))),
  );
}
