import { UsageError } from "./usage_error.ts";

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** The longest duration that a timer can wait: almost 25 days. */
const DURATION_MAX_MS = 2 ** 31 - 1;

/**
 * Parses a duration such as `500ms`, `30s`, `5m`, `1h` or `0`.
 *
 * @param flag the flag whose value it is, for error messages
 * @returns milliseconds, 0 to 2^31 - 1
 * @throws {UsageError} if it is not a duration, or is too long
 *
 * @example
 * ```ts
 * import { parseDuration } from "./duration.ts";
 *
 * console.log(parseDuration("5m", "--idle-timeout")); // 300000
 * ```
 */
export function parseDuration(text: string, flag: string): number {
  if (text === "0") return 0;
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/i.exec(text) ?? [];
  const ms = Number(amount) * (UNIT_MS.get(unit.toLowerCase()) ?? NaN);
  if (ms <= DURATION_MAX_MS) return ms;
  throw new UsageError(
    `${flag} must be a duration such as 500ms, 30s, 5m or 1h, at most 24 days, not ${text}.`,
  );
}

/** Formats a duration for people: `85 ms`, `2.4 s`, `3 min 5 s`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
