import { assert, assertEquals } from "@std/assert";
import type { IndexHeader } from "../../src/index/header.ts";
import { divideAmongStores, divideCache, placeTableBytes } from "../../src/lines/cache_budget.ts";
import { SharedText } from "../../src/lines/shared_text.ts";
import { TEXT_BLOCK_BYTES } from "../../src/lines/text_block.ts";

const MIB = 1024 * 1024;

function header(lines: number, textBytes: number): IndexHeader {
  return {
    lines,
    textBytes,
    linesPerPage: 1024,
    slotWidthBits: 7,
    indexBytes: 0,
    fingerprint: new Uint8Array(32),
  };
}

Deno.test("a small text is kept whole, and the rest of the budget is for pages", () => {
  // Down to its last byte, for which a whole block is needed.
  for (const textBytes of [3 * TEXT_BLOCK_BYTES + 1, 4 * TEXT_BLOCK_BYTES]) {
    assertEquals(divideCache(MIB, header(1_000, textBytes)), {
      pageBytes: MIB - 4 * TEXT_BLOCK_BYTES,
      textBytes: 4 * TEXT_BLOCK_BYTES,
    });
  }
});

Deno.test("pages of a large text leave an eighth of the budget to the text", () => {
  const expected = { pageBytes: 7 * MIB / 8, textBytes: MIB / 8 };
  assertEquals(divideCache(MIB, header(1e9, 50e9)), expected);
});

Deno.test("places are kept where there is room for all of them beside all pages, up to 4 GiB", () => {
  const small = header(1_000_000, 50 * MIB);
  const smallBytes = 977 * (8 + 4 * 1025);
  assertEquals(placeTableBytes(divideCache(64 * MIB, small).pageBytes, small), smallBytes);
  const large = header(11_000_000, 10_000 * MIB);
  assertEquals(placeTableBytes(divideCache(64 * MIB, large).pageBytes, large), 0);
  // The pages take 2.1 KB each.
  assertEquals(placeTableBytes(6_200_000, small), smallBytes);
  assertEquals(placeTableBytes(6_000_000, small), 0);
  assert(placeTableBytes(1e12, header(1.07e9, 50e9)) > 0);
  assertEquals(placeTableBytes(1e12, header(1.08e9, 50e9)), 0);
});

Deno.test("a text that fits beside the pages of all stores is kept once for them", () => {
  const small = header(1_000_000, 50 * MIB);
  const { cacheBytes, sharedText } = divideAmongStores(64 * MIB, small, 2);
  assertEquals(sharedText?.byteLength, SharedText.sizeFor(50 * MIB));
  assert(2 * cacheBytes + sharedText!.byteLength <= 64 * MIB);
  assertEquals(divideAmongStores(51 * MIB, small, 2), {
    cacheBytes: 25.5 * MIB,
    sharedText: undefined,
  });
});

Deno.test("a store alone shares nothing and has all of the budget", () => {
  assertEquals(divideAmongStores(MIB + 1, header(10, 100), 1), {
    cacheBytes: MIB + 1,
    sharedText: undefined,
  });
});

Deno.test("an empty text is divided among stores like any other", () => {
  const { sharedText } = divideAmongStores(MIB, header(0, 0), 2);
  assertEquals(sharedText?.byteLength, SharedText.sizeFor(0));
  assertEquals(divideCache(MIB, header(0, 0)), { pageBytes: MIB, textBytes: 0 });
});
