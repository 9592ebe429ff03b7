import { UsageError } from "./usage_error.ts";

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Reads a size such as `64KiB`, `1.5GiB`, `10MB` or `4096`.
 *
 * @param flag what it was given for, for the error's message
 * @returns bytes: an integer of 0 to 2^53 - 1
 * @throws {UsageError} where it is no size
 *
 * @example
 * ```ts
 * import { parseSize } from "./size.ts";
 *
 * console.log(parseSize("64KiB", "--cache")); // 65536
 * ```
 */
export function parseSize(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const unitBytes = UNIT_BYTES[match?.[2]?.toLowerCase() ?? "none"];
  const bytes = Math.round(Number(match?.[1]) * (unitBytes ?? NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new UsageError(`Not a size for ${flag}: ${text}: write it as 64KiB, 10MB or 1GiB`);
}

const SHOWN_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Shows bytes to people: `1.5 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < SHOWN_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${SHOWN_UNITS[unit]}`;
}
