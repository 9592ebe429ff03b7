import type { LoadReport, LoadSettings, TargetReport } from "../load_report.ts";
import { formatCount } from "./figures.ts";
import { type Markup, markup } from "./markup.ts";

const PROTOCOL_NAMES: Readonly<Record<TargetReport["protocol"], string>> = {
  line: "line protocol",
  redis: "Redis protocol",
  http: "HTTP",
};

/** Renders the targets, the machine, the time and the settings. */
export function renderFacts({ targets, machine, startedAt, settings }: LoadReport): Markup {
  return markup`<dl class="facts">
<dt>${targets.length === 1 ? "Target" : "Targets"}</dt>${targets.map(renderTarget)}
<dt>Machine</dt>
<dd>${machine}</dd>
<dt>Started</dt>
<dd><time datetime="${startedAt}">${formatTime(startedAt)}</time></dd>
${describeSettings(settings).map(([term, text]) => markup`<dt>${term}</dt>\n<dd>${text}</dd>\n`)}
</dl>`;
}

function renderTarget({ label, address, protocol }: TargetReport): Markup {
  const spoken = PROTOCOL_NAMES[protocol];
  return label === address
    ? markup`\n<dd><strong>${label}</strong>, ${spoken}</dd>`
    : markup`\n<dd><strong>${label}</strong> at ${address}, ${spoken}</dd>`;
}

function formatTime(isoTime: string): string {
  return isoTime.replace(/^(\S+)T(\d+:\d+)\S*Z$/, "$1 $2 UTC");
}

/**
 * Describes the settings of a run in words.
 *
 * @returns pairs of a term and its description
 */
export function describeSettings(settings: LoadSettings): [term: string, description: string][] {
  return [
    ["Clients", `${describeClients(settings.clients)}; ${describeLength(settings)}`],
    ["Load", describeLoop(settings)],
    ["Lines", describeLines(settings)],
    [
      "Answers",
      settings.file === null
        ? "not compared with a file"
        : `each compared with ${settings.file}, byte for byte`,
    ],
  ];
}

/** Describes numbers of clients, such as `1 to 601 in steps of 10`. */
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
  if (requests !== null) return `${formatCount(requests)} ${plural(requests, "request")} each`;
  return `${(durationMs ?? 0) / 1_000} s for each number of clients`;
}

function describeLoop(settings: LoadSettings): string {
  const { ratePerSecond } = settings;
  const atOnce = describeWrite(settings);
  return ratePerSecond === null
    ? `closed loop: a client sends ${atOnce} and waits for the answers`
    : `open loop: ${
      formatCount(ratePerSecond)
    } requests per second of all clients together, ${atOnce}; ` +
      "latency counts from when a request was due, even if it was sent later";
}

function describeWrite({ pipeline, command }: LoadSettings): string {
  const lines = `${formatCount(pipeline)} ${plural(pipeline, "line")}`;
  if (command === "mget") return `one request for ${lines}, each of which counts as a request,`;
  return pipeline === 1
    ? "one request at a time"
    : `${formatCount(pipeline)} requests in one write`;
}

function describeLines({ pattern, lines, seed }: LoadSettings): string {
  const which = {
    random: "random",
    sequential: "in order",
    zipf: "a few lines often (Zipf)",
  };
  return `1 to ${formatCount(lines)}, ${which[pattern]}; seed ${seed}`;
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
