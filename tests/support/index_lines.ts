import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { IndexPage, PageLengths } from "../../src/index/index_page.ts";
import { IndexReader } from "../../src/index/index_reader.ts";
import { PageBuilder } from "../../src/index/page_builder.ts";

/** Where a line begins, and its length with its terminator. */
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

/** The lines of these lengths, one behind the other from `start`. */
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
  using index = IndexReader.open(indexPath);
  const lines: Line[] = [];
  for (let page = 0; page < index.pages; page++) {
    lines.push(...linesOfPage(await index.readPage(page)));
  }
  assertEquals(lines.length, index.lines);
  return lines;
}

/** Asserts that an index gives every line of a text as it is. */
export async function assertIndexOf(indexPath: string, text: Uint8Array): Promise<void> {
  assertSameLines(await linesOfIndex(indexPath), linesOf(text));
}

/** Compares long lists of lines, and shows the first that differs only. */
export function assertSameLines(actual: readonly Line[], expected: readonly Line[]): void {
  for (const [i, line] of expected.entries()) {
    const found = actual[i];
    if (found?.start !== line.start || found.length !== line.length) {
      assertEquals({ place: i, ...found }, { place: i, ...line });
    }
  }
  assertEquals(actual.length, expected.length);
}

/** What `PageBuilder` makes of lines of these lengths. */
export function pagesOfLengths(linesPerPage: number, lengths: readonly number[]): PageLengths[] {
  const pages: PageLengths[] = [];
  const builder = new PageBuilder(linesPerPage, (page) => pages.push(page));
  for (const length of lengths) builder.add(length);
  builder.finish();
  return pages;
}

/** Lengths of the lines of a text that stays under 2^53 bytes: mostly short, some past 2^32. */
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
  return fc.oneof(fc.array(short, constraints), fc.array(any, constraints));
}

/** Texts full of line ends: LF, CRLF, lone CR, NUL and other bytes. */
export function texts(maxLength: number): fc.Arbitrary<Uint8Array> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("\n", "\r\n", "\r", "\0", "\n\n\n") },
    { weight: 3, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 900 }).map((n) => "x".repeat(n)) },
  );
  return fc.oneof(
    fc.uint8Array({ maxLength }),
    fc.array(piece, { maxLength: Math.ceil(maxLength / 8) })
      .map((pieces) => Uint8Array.from(pieces.join(""), (c) => c.charCodeAt(0))),
  );
}
