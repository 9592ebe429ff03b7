import { assertEquals, assertThrows } from "@std/assert";
import { formatDuration, parseDuration } from "../../src/cli/duration.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

Deno.test("parseDuration accepts ms, s, m and h in upper and lower case", () => {
  const durations: Readonly<Record<string, number>> = {
    "0": 0,
    "0s": 0,
    "500ms": 500,
    "500MS": 500,
    "30s": 30_000,
    "1.5s": 1_500,
    "5m": 300_000,
    "5M": 300_000,
    "1h": 3_600_000,
    "0.5h": 1_800_000,
    "2147483647ms": 2_147_483_647,
  };
  for (const [text, ms] of Object.entries(durations)) {
    assertEquals(parseDuration(text, "--idle-timeout"), ms, text);
  }
});

Deno.test("parseDuration rejects other text and more than 24 days, and says what it accepts", () => {
  const rejected = ["", "5", "00", "5x", "-5s", "+5s", "s", "5 s", "1e3s", ".5s", "5.s", "5m30s"];
  for (const text of [...rejected, "5d", "2147483648ms", "1000h", "5constructor", "5s\n"]) {
    const { message } = assertThrows(() => parseDuration(text, "--idle-timeout"), UsageError);
    assertEquals(
      message,
      "--idle-timeout must be a duration such as 500ms, 30s, 5m or 1h, at most 24 days, " +
        `not ${text}.`,
    );
  }
});

Deno.test("formatDuration returns milliseconds, seconds, or minutes and seconds", () => {
  const shown: readonly (readonly [number, string])[] = [
    [0, "0 ms"],
    [0.4, "0 ms"],
    [85, "85 ms"],
    [999, "999 ms"],
    [1_000, "1.0 s"],
    [2_449, "2.4 s"],
    [59_900, "59.9 s"],
    [60_000, "1 min 0 s"],
    [185_000, "3 min 5 s"],
    [119_600, "2 min 0 s"],
    [3_600_000, "60 min 0 s"],
  ];
  for (const [ms, text] of shown) assertEquals(formatDuration(ms), text);
});
