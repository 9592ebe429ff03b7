import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/cli/subcommand.ts";
import { formatDuration, formatSize, parseDuration, parseSize } from "../../src/cli/units.ts";

Deno.test("parseSize accepts binary and decimal units in upper and lower case", () => {
  const sizes: Readonly<Record<string, number>> = {
    "0": 0,
    "4096": 4096,
    "1B": 1,
    "1kB": 1_000,
    "10MB": 10_000_000,
    "2GB": 2_000_000_000,
    "1TB": 1_000_000_000_000,
    "64KiB": 65_536,
    "64kib": 65_536,
    "64KIB": 65_536,
    "3MiB": 3 * 1024 ** 2,
    "1GiB": 1024 ** 3,
    "64K": 65_536,
    "64k": 65_536,
    "3M": 3 * 1024 ** 2,
    "1G": 1024 ** 3,
    "1.5G": 1.5 * 1024 ** 3,
    "2T": 2 * 1024 ** 4,
    "1.5GiB": 1.5 * 1024 ** 3,
    "2TiB": 2 * 1024 ** 4,
    "64 KiB": 65_536,
    "0.0001kB": 0,
    "007": 7,
    "9007199254740991": Number.MAX_SAFE_INTEGER,
  };
  for (const [text, bytes] of Object.entries(sizes)) {
    assertEquals(parseSize(text, "--cache"), bytes, text);
  }
});

Deno.test("parseSize rejects other text and more than 2^53 - 1 bytes, and says what it accepts", () => {
  const rejected = ["", " ", "KiB", "12XB", "-1", "+1", "1e3", "0x10", "1,5MB", ".5MB", "1.MB"];
  const more = ["1KiBs", "1Ki", "1i", "1 2", "Infinity", "NaN", "9007199254740992", "1000000TiB"];
  for (const text of [...rejected, ...more, "1constructor", "1__proto__", "1KiB\n"]) {
    const { message } = assertThrows(() => parseSize(text, "--cache"), UsageError);
    assertEquals(message, `--cache must be a size such as 64KiB, 10M or 1GiB, not ${text}.`);
  }
});

Deno.test("formatSize returns one decimal and a binary unit", () => {
  const shown: readonly (readonly [number, string])[] = [
    [0, "0 B"],
    [1, "1 B"],
    [1023, "1,023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 2 - 100, "1,023.9 KiB"],
    [1024 ** 2 - 1, "1.0 MiB"],
    [1024 ** 2, "1.0 MiB"],
    [1.5 * 1024 ** 3, "1.5 GiB"],
    [10 * 1024 ** 4, "10.0 TiB"],
    [5000 * 1024 ** 4, "5,000.0 TiB"],
  ];
  for (const [bytes, text] of shown) assertEquals(formatSize(bytes), text);
});

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
    [3_599_400, "59 min 59 s"],
    [3_600_000, "1 h 0 min"],
    [86_370_000, "24 h 0 min"],
  ];
  for (const [ms, text] of shown) assertEquals(formatDuration(ms), text);
});
