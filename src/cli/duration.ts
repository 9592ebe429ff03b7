import { UsageError } from "./usage_error.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The longest duration: what a timer can wait, about 24 days. */
const DURATION_MAX_MS = 2 ** 31 - 1;

/**
 * Reads a duration such as `500ms`, `30s`, `5m`, `1h` or `0`.
 *
 * @param flag what it was given for, for the error's message
 * @returns milliseconds: 0 to 2^31 - 1
 * @throws {UsageError} where it is no duration, or too long
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
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/i.exec(text);
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2]?.toLowerCase() ?? ""] ?? NaN);
  if (ms <= DURATION_MAX_MS) return ms;
  throw new UsageError(
    `Not a duration for ${flag}: ${text}: write it as 500ms, 30s, 5m or 1h, up to 24 days`,
  );
}

/** Shows a duration to people: `85 ms`, `2.4 s`, `3 min 5 s`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
