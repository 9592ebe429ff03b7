import { UsageError } from "./usage_error.ts";

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
 *
 * @example
 * ```ts
 * import { parseSize } from "./size.ts";
 *
 * console.log(parseSize("64KiB", "--cache")); // 65536
 * ```
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
  while (value >= 1024 && unit < SHOWN_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${SHOWN_UNITS[unit]}`;
}
