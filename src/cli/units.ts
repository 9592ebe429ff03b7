import { formatCount } from "../source/messages.ts";
import { UsageError } from "./subcommand.ts";

// As in the GNU tools, K is KiB and KB is 1,000 bytes.
const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ...["k", "m", "g", "t"].flatMap((prefix, i): [string, number][] => [
    [prefix, 1024 ** (i + 1)],
    [`${prefix}ib`, 1024 ** (i + 1)],
    [`${prefix}b`, 1000 ** (i + 1)],
  ]),
]);

/**
 * Parses a size such as `64KiB`, `64K`, `1.5GiB`, `10MB` or `4096`.
 *
 * @param flag the flag whose value it is, for error messages
 * @returns bytes, an integer from 0 to 2^53 - 1
 * @throws {UsageError} if it is not a size, or is too large
 */
export function parseSize(text: string, flag: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (UNIT_BYTES.get(unit.toLowerCase()) ?? NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new UsageError(`${flag} must be a size such as 64KiB, 10M or 1GiB, not ${text}.`);
}

const SHOWN_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Formats a number of bytes for people: `1.5 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // From 1023.95 KiB, one decimal would show 1024.0 KiB.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < SHOWN_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const [whole, decimal] = value.toFixed(1).split(".");
  const shown = formatCount(Number(whole));
  return `${unit === 0 ? shown : `${shown}.${decimal}`} ${SHOWN_UNITS[unit]}`;
}

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

/** Formats a duration for people: `85 ms`, `2.4 s`, `3 min 5 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(ms / 60_000);
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** Formats a number of lines for people: `1 line`, `2,000 lines`. */
export function formatLines(lines: number): string {
  return `${formatCount(lines)} ${lines === 1 ? "line" : "lines"}`;
}
