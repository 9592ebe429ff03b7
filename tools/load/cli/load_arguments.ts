import { formatServerAddress } from "../../../src/client/server_address.ts";
import type { LinePattern } from "../line_pattern.ts";
import { LINE_NUMBER_MAX } from "../line_numbers.ts";
import { type LoadProtocol, type LoadTarget, parseTargetAddress } from "../load_target.ts";
import type { LoadOptions } from "../run_load.ts";
import { parseClientCounts } from "./client_counts.ts";
import { parseChoice, parseCommandLine, parseInteger } from "../../../src/cli/command_line.ts";
import { parseDuration } from "../../../src/cli/duration.ts";
import { UsageError } from "../../../src/cli/usage_error.ts";

/** What the user asked of `linesvr load`. */
export interface LoadArguments {
  /** What the run is to do. */
  readonly options: LoadOptions;
  /** The text that is served, where answers are to be compared. */
  readonly textPath: string | undefined;
  /** The greatest line number, where it was given. */
  readonly lineCount: number | undefined;
  /** Whether the lines are put into each Redis first. */
  readonly isFillWanted: boolean;
  /** Where the report goes as JSON, if anywhere. */
  readonly jsonPath: string | undefined;
  /** Where the report goes as a page, if anywhere. */
  readonly reportPath: string | undefined;
  /** Where each request is noted, if anywhere. */
  readonly logPath: string | undefined;
}

const COUNT_MAX = Number.MAX_SAFE_INTEGER;
const PIPELINE_MAX = 10_000;
const RATE_MAX = 10_000_000;

const DEFAULTS = {
  clients: "1..601:10",
  pipeline: "1",
  pattern: "random",
  seed: "1",
  timeout: "10s",
  protocol: "line",
} as const;

const REQUESTS_DEFAULT = 10;

/**
 * Reads the words behind `linesvr load`.
 *
 * @throws {UsageError} where they make no sense
 */
export function parseLoadArguments(args: readonly string[]): LoadArguments {
  const { positionals, values, lists, switches } = parseCommandLine(args, {
    command: "load",
    positionals: ["HOST:PORT"],
    values: [
      ...Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[],
      ...["duration", "file", "json", "label", "lines", "log", "rate", "reconnect-after"] as const,
      ...["report", "requests"] as const,
    ],
    lists: ["against"],
    switches: ["fill"],
  });
  const given = { ...DEFAULTS, ...values };
  const optionalInteger = (text: string | undefined, flag: string, max: number) =>
    text === undefined ? undefined : parseInteger(text, flag, 1, max);
  const targets = parseTargets(positionals[0]!, given, lists.against);
  if (switches.fill) checkFill(targets, values.file);
  return {
    options: {
      targets,
      clients: parseClientCounts(given.clients, "--clients"),
      ...parseLimit(values.requests, values.duration),
      pipeline: parseInteger(given.pipeline, "--pipeline", 1, PIPELINE_MAX),
      pattern: parseChoice<LinePattern>(given.pattern, "--pattern", [
        "random",
        "sequential",
        "zipf",
      ]),
      seed: parseInteger(given.seed, "--seed", 0, COUNT_MAX),
      ratePerSecond: optionalInteger(values.rate, "--rate", RATE_MAX) ?? null,
      reconnectAfter: optionalInteger(values["reconnect-after"], "--reconnect-after", COUNT_MAX) ??
        Infinity,
      timeoutMs: parseTime(given.timeout, "--timeout"),
    },
    textPath: values.file,
    lineCount: optionalInteger(values.lines, "--lines", LINE_NUMBER_MAX),
    isFillWanted: switches.fill,
    jsonPath: values.json,
    reportPath: values.report,
    logPath: values.log,
  };
}

function parseTargets(
  text: string,
  given: { readonly protocol: string; readonly label?: string },
  against: readonly string[],
): LoadTarget[] {
  const protocol = parseChoice<LoadProtocol>(given.protocol, "--protocol", ["line", "redis"]);
  const main = parseTargetAddress(text);
  if (main === undefined) {
    throw new UsageError(
      `Not HOST:PORT: ${text}: write it as 127.0.0.1:10497, [::1]:10497 or redis://127.0.0.1:6379`,
    );
  }
  const { address } = main;
  const label = given.label ?? formatServerAddress(address);
  const targets = [
    { label, address, protocol: main.protocol ?? protocol },
    ...against.map(parseOther),
  ];
  const labels = targets.map((target) => target.label);
  const twice = labels.find((name, i) => labels.indexOf(name) < i);
  if (twice === undefined) return targets;
  throw new UsageError(`Two servers with one label: ${twice}: give them others, see --label`);
}

function parseOther(text: string): LoadTarget {
  const equals = text.indexOf("=");
  const label = text.slice(0, equals);
  const other = equals > 0 ? parseTargetAddress(text.slice(equals + 1)) : undefined;
  if (other !== undefined) {
    return { label, address: other.address, protocol: other.protocol ?? "line" };
  }
  throw new UsageError(
    `Not LABEL=HOST:PORT for --against: ${text}: write it as old=127.0.0.1:10498`,
  );
}

function checkFill(targets: readonly LoadTarget[], textPath: string | undefined): void {
  if (!targets.some(({ protocol }) => protocol === "redis")) {
    throw new UsageError("--fill is for redis only: name a server with --protocol redis");
  }
  if (textPath === undefined) {
    throw new UsageError("--fill needs the lines: name the text with --file FILE");
  }
}

function parseLimit(
  requests: string | undefined,
  duration: string | undefined,
): { requests: number | null; durationMs: number | null } {
  if (duration === undefined) {
    return {
      requests: requests === undefined
        ? REQUESTS_DEFAULT
        : parseInteger(requests, "--requests", 1, COUNT_MAX),
      durationMs: null,
    };
  }
  if (requests === undefined) {
    return { requests: null, durationMs: parseTime(duration, "--duration") };
  }
  throw new UsageError(
    `Both --duration and --requests: ${duration} and ${requests}: give one of them`,
  );
}

function parseTime(text: string, flag: string): number {
  const ms = parseDuration(text, flag);
  if (ms >= 1) return ms;
  throw new UsageError(`Too short for ${flag}: ${text}: take 1ms or more`);
}
