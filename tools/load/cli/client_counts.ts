import { UsageError } from "../../../src/cli/usage_error.ts";

/** The most clients at once: each takes a port of this machine. */
export const CLIENTS_MAX = 10_000;

/** The most steps of a run. */
export const STEPS_MAX = 10_000;

/**
 * Reads numbers of clients: `50`, a list such as `1,10,50`, or a ramp such as `1..50` or `1..601:10`,
 * from the first to the last in steps of ten.
 *
 * @param flag what it was given for, for the error's message
 * @returns one or more, 1 to {@linkcode CLIENTS_MAX} each
 * @throws {UsageError} where it is none of that, or more than {@linkcode STEPS_MAX}
 *
 * @example
 * ```ts
 * import { parseClientCounts } from "./client_counts.ts";
 *
 * console.log(parseClientCounts("1..31:10,100", "--clients")); // 1, 11, 21, 31, 100
 * ```
 */
export function parseClientCounts(text: string, flag: string): number[] {
  const parts = text.split(",").map(parsePart);
  const counts = parts.flatMap((part) => part ?? []);
  if (!parts.includes(undefined) && counts.length > 0 && counts.length <= STEPS_MAX) return counts;
  throw new UsageError(
    `Not numbers of clients for ${flag}: ${text}: ` +
      `write them as 50, 1,10,50 or 1..601:10, each 1 to ${CLIENTS_MAX}`,
  );
}

function parsePart(text: string): number[] | undefined {
  const match = /^(\d+)(?:\.\.(\d+)(?::(\d+))?)?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  const step = Number(match[3] ?? 1);
  if (first < 1 || last < first || last > CLIENTS_MAX || step < 1) return undefined;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);
}
