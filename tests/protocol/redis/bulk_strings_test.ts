import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { bulkStrings } from "../../../src/protocol/redis/bulk_strings.ts";
import { assertSameBytes, asText, latin1, naiveLines } from "../../support/e2e_bytes.ts";

function naiveBulkStrings(lines: Uint8Array): Uint8Array {
  const bulks = naiveLines(lines).map((line) => `$${line.length}\r\n${asText(line)}\r\n`);
  return latin1(bulks.join(""));
}

Deno.test("bulkStrings() encodes any lines as a naive encoder does", () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => asText(bytes.filter((byte) => byte !== 10))),
    fc.nat({ max: 200 }).map((length) => "y".repeat(length)),
    fc.constantFrom("", "\r", "\r\r"),
  );
  const text = fc.tuple(
    fc.array(line, { minLength: 1, maxLength: 60 }),
    fc.constantFrom("\n", "\r\n"),
  )
    .map(([lines, terminator]) => latin1(lines.map((line) => line + terminator).join("")));
  fc.assert(fc.property(text, fc.boolean(), (text, isCut) => {
    const lines = isCut && text.length > 1 && text.at(-2) !== 10 ? text.subarray(0, -1) : text;
    if (lines.at(-1) === 13) return;
    assertSameBytes(bulkStrings(lines), naiveBulkStrings(lines));
  }));
});

Deno.test("bulkStrings() encodes more than fits into its memory", () => {
  for (
    const lines of ["\n".repeat(300_000), `${"x".repeat(99)}\n`.repeat(5_000), "z".repeat(400_000)]
  ) {
    assertSameBytes(bulkStrings(latin1(lines)), naiveBulkStrings(latin1(lines)));
    assertSameBytes(bulkStrings(latin1(`${lines}\n`)), naiveBulkStrings(latin1(`${lines}\n`)));
  }
});

Deno.test("bulkStrings() returns bytes that a later call does not change", () => {
  const first = bulkStrings(latin1("one\n"));
  bulkStrings(latin1("two\n"));
  assertEquals(asText(first), "$3\r\none\r\n");
});
