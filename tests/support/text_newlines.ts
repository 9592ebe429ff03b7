import { AssertionError } from "@std/assert";
import fc from "fast-check";
import { LF } from "../../src/source/text_source.ts";
import { SEGMENT_BYTES } from "../../src/index/scan/segment_scanner.ts";

/** The positions of the newlines of a text, found byte by byte. */
export function naiveNewlines(text: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < text.length; at++) if (text[at] === LF) found.push(at);
  return found;
}

/** Compares long lists of positions, and shows only the first that differs. */
export function assertSamePositions(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what = "newlines",
): void {
  const length = Math.max(actual.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (actual[i] === expected[i]) continue;
    throw new AssertionError(
      `${what}: ${actual.length} found, not ${expected.length}: ` +
        `number ${i} is ${actual[i]}, not ${expected[i]}`,
    );
  }
}

/** Offsets of the first byte of a segment and after its last, in a text of that size. */
export function segmentRange(segment: number, textBytes: number): [begin: number, end: number] {
  const begin = segment * SEGMENT_BYTES;
  return [begin, Math.min(begin + SEGMENT_BYTES, textBytes)];
}

/** A text with about one newline in `every` bytes; the same for the same seed. */
export function randomText(bytes: number, every: number, seed: number): Uint8Array<ArrayBuffer> {
  const text = new Uint8Array(bytes);
  // A linear congruential generator; its high bits are random enough.
  let state = seed >>> 0;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const isNewline = (state >>> 8) % every === 0;
    // Bytes that resemble an LF in some way: none may be taken for one.
    text[at] = isNewline ? LF : [0x0b, 0x09, 0x8a, 0x1a, 0x00, 0xff, 0x0d, 0x61][state >>> 29]!;
  }
  return text;
}

/** Texts of sizes around the bounds of blocks and segments: with many, few and no newlines. */
export function segmentedTexts(maxSegments: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const aroundBound = fc.tuple(
    fc.integer({ min: 0, max: maxSegments }),
    fc.integer({ min: -130, max: 130 }),
  )
    .map(([segments, spare]) => Math.max(0, segments * SEGMENT_BYTES + spare));
  const size = fc.oneof(
    { weight: 3, arbitrary: aroundBound },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: maxSegments * SEGMENT_BYTES }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 600 }) },
  );
  const every = fc.constantFrom(1, 2, 5, 40, 1_000, 300_000, 2 ** 24);
  return fc.tuple(size, every, fc.nat()).map(([bytes, every, seed]) =>
    randomText(bytes, every, seed)
  );
}
