import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  endPosition,
  fractionOfLine,
  lineAtFraction,
  normalize,
  START,
  thumbHeight,
} from "../../../src/http/page/scroll_map.js";

const MAX = Number.MAX_SAFE_INTEGER;
const ROW_PX = 20;
const heightOf = () => ROW_PX;

Deno.test("lineAtFraction() maps the ends of the track to the first and the last line, exactly", () => {
  for (const lastTop of [1, 2, 1000, 10_000_000_000, MAX]) {
    assertEquals(lineAtFraction(0, lastTop), 1);
    assertEquals(lineAtFraction(1, lastTop), lastTop);
    assertEquals(lineAtFraction(-0.5, lastTop), 1);
    assertEquals(lineAtFraction(1.5, lastTop), lastTop);
  }
});

Deno.test("lineAtFraction() gives lines of the file, and never less for a larger fraction", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(share, share, fc.integer({ min: 1, max: MAX }), (a, b, lastTop) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)].map((f) => lineAtFraction(f, lastTop));
    assert(Number.isSafeInteger(low) && Number.isSafeInteger(high));
    assert(low! >= 1 && low! <= high! && high! <= lastTop);
  }));
});

Deno.test("fractionOfLine() is the inverse of lineAtFraction() for 10^10 lines", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 10_000_000_000 }), (line) => {
    assertEquals(lineAtFraction(fractionOfLine(line, 10_000_000_000), 10_000_000_000), line);
  }));
  assertEquals(fractionOfLine(5, 1), 0);
});

Deno.test("normalize() agrees with arithmetic on pixels if all lines have the same height", () => {
  const offset = fc.integer({ min: -5000, max: 5000 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), offset, (line, offsetPx) => {
    const found = normalize({ line, offsetPx }, 1000, heightOf);
    const wantedPx = (line - 1) * ROW_PX + offsetPx;
    const px = Math.max(0, Math.min(wantedPx, 1000 * ROW_PX - 1));
    assertEquals((found.line - 1) * ROW_PX + found.offsetPx, px);
    assert(found.offsetPx >= 0 && found.offsetPx < ROW_PX);
  }));
});

Deno.test("normalize() is exact at the largest line number", () => {
  assertEquals(normalize(endPosition(MAX - 1, 50), MAX - 1, heightOf), {
    line: MAX - 3,
    offsetPx: 10,
  });
  assertEquals(normalize({ line: MAX - 1, offsetPx: -20 }, MAX, heightOf), {
    line: MAX - 2,
    offsetPx: 0,
  });
});

Deno.test("normalize() follows lines of different heights, and stops at both ends", () => {
  const heights = [0, 20, 100, 20, 60];
  const of = (line: number) => heights[line]!;
  assertEquals(normalize({ line: 1, offsetPx: 30 }, 4, of), { line: 2, offsetPx: 10 });
  assertEquals(normalize({ line: 4, offsetPx: -30 }, 4, of), { line: 2, offsetPx: 90 });
  assertEquals(normalize({ line: 3, offsetPx: -1000 }, 4, of), START);
  assertEquals(normalize({ line: 1, offsetPx: 1000 }, 4, of), { line: 4, offsetPx: 59 });
  assertEquals(normalize(endPosition(4, 90), 4, of), { line: 2, offsetPx: 90 });
  assertEquals(normalize(endPosition(4, 900), 4, of), START);
});

Deno.test("thumbHeight() is proportional, within a least height and the track", () => {
  assertEquals(thumbHeight(600, 30, 60), 300);
  assertEquals(thumbHeight(600, 30, 10_000_000_000), 32);
  assertEquals(thumbHeight(600, 30, 30), 600);
  assertEquals(thumbHeight(20, 30, 1000), 20);
});
