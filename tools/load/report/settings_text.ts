import type { LoadSettings } from "../load_report.ts";
import { formatCount } from "./figures.ts";

/**
 * Says in words what was asked of the load tester.
 *
 * @returns what a sentence is about, and the sentence
 *
 * @example
 * ```ts
 * import { describeSettings } from "./settings_text.ts";
 *
 * const words = describeSettings({
 *   clients: [1, 11, 21],
 *   requests: 10,
 *   durationMs: null,
 *   pipeline: 1,
 *   pattern: "random",
 *   seed: 42,
 *   lines: 1_000_000,
 *   file: null,
 *   ratePerSecond: null,
 * });
 * console.log(words.map(([about, text]) => `${about}: ${text}`).join("\n"));
 * ```
 */
export function describeSettings(settings: LoadSettings): [about: string, text: string][] {
  return [
    ["Clients", `${describeClients(settings.clients)}; ${describeLength(settings)}`],
    ["Load", describeLoop(settings)],
    ["Lines", describeLines(settings)],
    [
      "Answers",
      settings.file === null
        ? "not compared with a file"
        : `each compared, byte for byte, with ${settings.file}`,
    ],
  ];
}

/** Says how many clients there were: `1 to 601 in steps of 10`. */
export function describeClients(clients: readonly number[]): string {
  const [first = 0, second = 0] = clients;
  const width = second - first;
  const isEven = clients.every((number, i) => number === first + i * width);
  if (clients.length > 2 && width > 0 && isEven) {
    return `${formatCount(first)} to ${formatCount(clients.at(-1)!)} in steps of ${
      formatCount(width)
    }`;
  }
  return clients.map(formatCount).join(", ");
}

function describeLength({ requests, durationMs }: LoadSettings): string {
  if (requests !== null) return `${formatCount(requests)} ${plural(requests, "request")} of each`;
  return `${(durationMs ?? 0) / 1_000} s for each number of them`;
}

function describeLoop({ pipeline, ratePerSecond }: LoadSettings): string {
  const atOnce = pipeline === 1
    ? "one request at a time"
    : `${formatCount(pipeline)} requests at once`;
  return ratePerSecond === null
    ? `closed loop: a client sends ${atOnce}, and waits for the answer`
    : `open loop: ${
      formatCount(ratePerSecond)
    } requests a second of all clients together, ${atOnce}; ` +
      "a request's time counts from when it was due, however late it was sent";
}

function describeLines({ pattern, lines, seed }: LoadSettings): string {
  const which = {
    random: "random",
    sequential: "one after the other",
    zipf: "few of them often (Zipf)",
  };
  return `among 1 to ${formatCount(lines)}, ${which[pattern]}; seed ${seed}`;
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
