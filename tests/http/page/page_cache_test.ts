import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PageCache } from "../../../src/http/page/page_cache.js";
import { PageLines } from "../../../src/http/page/page_lines.js";

const MAX_BYTES = 1000;

function pageOfBytes(bytes: number): PageLines {
  return new PageLines(new Uint8Array(bytes), new Uint32Array(0), new Set());
}

Deno.test("PageCache agrees with a plain array that drops the least recently read pages", () => {
  const step = fc.record({
    page: fc.integer({ min: 0, max: 6 }),
    bytes: fc.integer({ min: 1, max: 1200 }),
    isRead: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const cache = new PageCache(MAX_BYTES);
    let model: { page: number; bytes: number }[] = [];
    const sum = () => model.reduce((total, { bytes }) => total + bytes, 0);
    for (const { page, bytes, isRead } of steps) {
      const known = model.find((entry) => entry.page === page);
      if (isRead) assertEquals(cache.get(page)?.byteLength, known?.bytes);
      else cache.set(page, pageOfBytes(bytes));
      const last = isRead ? known : { page, bytes };
      if (last !== undefined) model = [...model.filter((entry) => entry.page !== page), last];
      while (sum() > MAX_BYTES && model.length > 1) model.shift();
      assertEquals(cache.bytes, sum());
    }
  }));
});
