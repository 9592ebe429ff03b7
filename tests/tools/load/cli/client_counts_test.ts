import { assertEquals, assertThrows } from "@std/assert";
import { parseClientCounts } from "../../../../tools/load/cli/client_counts.ts";
import { UsageError } from "../../../../src/cli/subcommand.ts";

Deno.test("parseClientCounts parses numbers, ranges and lists of them", () => {
  const table: [text: string, counts: number[]][] = [
    ["50", [50]],
    ["10000", [10_000]],
    ["1,10,50", [1, 10, 50]],
    ["50,1,50", [50, 1, 50]],
    ["1..4", [1, 2, 3, 4]],
    ["5..5", [5]],
    ["1..10:4", [1, 5, 9]],
    ["1..9:100", [1]],
    ["1..3,100..300:100", [1, 2, 3, 100, 200, 300]],
  ];
  for (const [text, counts] of table) assertEquals(parseClientCounts(text), counts);
  const range = parseClientCounts("1..601:10");
  assertEquals([range.length, range[0], range[1], range.at(-1)], [61, 1, 11, 601]);
});

Deno.test("parseClientCounts throws at any other text, and quotes it", () => {
  const wrong = ["", "0", "10001", "many", "1.5", "-1", "1,", ",1", "1,,2", "1..", "..5", "5..1"];
  const ranges = ["0..5", "1..10001", "1..5:0", "1..5:", "1...5", "1..5..9", "1-5", "1 2", "1e3"];
  for (const text of [...wrong, ...ranges, "1..10000,1"]) {
    assertThrows(
      () => parseClientCounts(text),
      UsageError,
      `--clients must be numbers from 1 to 10,000 such as 50, 1,10,50 or 1..601:10, not ${text}.`,
    );
  }
});
