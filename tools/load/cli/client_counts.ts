import { UsageError } from "../../../src/cli/subcommand.ts";

/** The most clients of a step: each takes a local port. */
export const CLIENTS_MAX = 10_000;

const STEPS_MAX = 10_000;

/**
 * Parses the value of `--clients`: `50`, a list such as `1,10,50`, or ranges such as `1..50` and
 * `1..601:10`, which is 1, 11, 21 and so on up to 601.
 *
 * @returns one or more numbers, 1 to {@linkcode CLIENTS_MAX} each
 * @throws {UsageError} if the text is not such a list, or has more than 10,000 steps
 */
export function parseClientCounts(text: string): number[] {
  const parts = text.split(",").map(parsePart);
  const counts = parts.flatMap((part) => part ?? []);
  if (!parts.includes(undefined) && counts.length > 0 && counts.length <= STEPS_MAX) return counts;
  throw new UsageError(
    `--clients must be numbers from 1 to 10,000 such as 50, 1,10,50 or 1..601:10, not ${text}.`,
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
