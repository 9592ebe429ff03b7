import { parseChoice, parseCommandLine, parseInteger } from "../../../src/cli/command_line.ts";
import { parseDuration } from "../../../src/cli/units.ts";
import { UsageError } from "../../../src/cli/subcommand.ts";
import { formatServerAddress } from "../../../src/client/server_address.ts";
import type { LoadCommand } from "../load_report.ts";
import type { LogDate } from "../measure/request_log.ts";
import type { LoadOptions } from "../measure/run_load.ts";
import { LINE_NUMBER_MAX } from "../pattern/line_numbers.ts";
import type { LinePattern } from "../pattern/line_pattern.ts";
import {
  type LoadTarget,
  parseTargetAddress,
  type ProtocolName,
  type TargetAddress,
  withoutPassword,
} from "../target/load_target.ts";
import { parseClientCounts } from "./client_counts.ts";

/** The parsed command line. */
export interface LoadArguments {
  readonly options: LoadOptions;
  /** `--file` */
  readonly textPath: string | undefined;
  /** `--lines` */
  readonly lineCount: number | undefined;
  /** `--redis-password-file` */
  readonly passwordPath: string | undefined;
  /** `--fill` */
  readonly isFillWanted: boolean;
  /** `--json` */
  readonly jsonPath: string | undefined;
  /** `--report` */
  readonly reportPath: string | undefined;
  /** `--log` */
  readonly logPath: string | undefined;
  /** `--log-date` */
  readonly logDate: LogDate;
}

const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** The most requests that a client sends in one write. */
export const PIPELINE_MAX = 10_000;

/** The most lines of one `MGET`: more might not fit into the 64 KiB that a command of the server can have. */
export const BATCH_MAX = 3_000;

const RATE_MAX = 10_000_000;

const DEFAULTS = {
  clients: "1..601:10",
  pattern: "random",
  seed: "1",
  timeout: "10s",
  "log-date": "iso",
  protocol: "line",
} as const;

const REQUESTS_DEFAULT = 10;

/** @throws {UsageError} if the command line is wrong */
export function parseLoadArguments(args: readonly string[]): LoadArguments {
  const { positionals, values, lists, switches } = parseCommandLine(args, {
    command: "linesvr-load",
    positionals: ["HOST:PORT"],
    values: [
      ...Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[],
      ...[
        "batch",
        "duration",
        "file",
        "json",
        "label",
        "lines",
        "log",
        "rate",
        "reconnect-after",
      ] as const,
      ...["pipeline", "redis-password-file", "report", "requests"] as const,
    ],
    lists: ["against"],
    switches: ["fill"],
  });
  const given = { ...DEFAULTS, ...values };
  const optionalInteger = (text: string | undefined, flag: string, max: number) =>
    text === undefined ? undefined : parseInteger(text, flag, 1, max);
  const targets = parseTargets(positionals[0]!, given, lists.against);
  if (values.batch !== undefined) checkBatch(targets);
  if (switches.fill) checkFill(targets, values.file);
  return {
    options: {
      targets,
      clients: parseClientCounts(given.clients),
      ...parseLimit(values.requests, values.duration),
      ...parseWrite(values.pipeline, values.batch),
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
    passwordPath: values["redis-password-file"],
    isFillWanted: switches.fill,
    jsonPath: values.json,
    reportPath: values.report,
    logPath: values.log,
    logDate: parseChoice<LogDate>(given["log-date"], "--log-date", ["iso", "original"]),
  };
}

function parseTargets(
  text: string,
  given: { readonly protocol: string; readonly label?: string },
  against: readonly string[],
): LoadTarget[] {
  const protocol = parseChoice<ProtocolName>(given.protocol, "--protocol", ["line", "redis"]);
  const main = parseTargetAddress(text);
  if (main === undefined) {
    throw new UsageError(
      `Not HOST:PORT: ${withoutPassword(text)}. ` +
        "Write 127.0.0.1:10497, [::1]:10497, http://127.0.0.1:8080 or redis://127.0.0.1:6379.",
    );
  }
  const label = given.label ?? formatServerAddress(main.address);
  const targets = [
    targetOf(label, main, protocol),
    ...against.map(parseAgainst),
  ];
  const labels = targets.map((target) => target.label);
  const duplicate = labels.find((name, i) => labels.indexOf(name) < i);
  if (duplicate === undefined) return targets;
  throw new UsageError(
    `Two servers have the label ${duplicate}. Change it with --label or --against.`,
  );
}

function parseAgainst(text: string): LoadTarget {
  const equals = text.indexOf("=");
  const label = text.slice(0, equals);
  const target = equals > 0 ? parseTargetAddress(text.slice(equals + 1)) : undefined;
  if (target !== undefined) return targetOf(label, target, "line");
  throw new UsageError(
    `--against must be LABEL=HOST:PORT, such as old=127.0.0.1:10498, not ${withoutPassword(text)}.`,
  );
}

function targetOf(label: string, parsed: TargetAddress, byDefault: ProtocolName): LoadTarget {
  return { label, ...parsed, protocol: parsed.protocol ?? byDefault };
}

function checkBatch(targets: readonly LoadTarget[]): void {
  const http = targets.find(({ protocol }) => protocol === "http");
  if (http === undefined) return;
  throw new UsageError(
    `--batch needs MGET, which the HTTP server ${http.label} does not have. Use --pipeline.`,
  );
}

function checkFill(targets: readonly LoadTarget[], textPath: string | undefined): void {
  if (!targets.some(({ protocol }) => protocol === "redis")) {
    throw new UsageError("--fill needs a Redis server. Write redis://HOST:PORT.");
  }
  if (textPath === undefined) throw new UsageError("--fill needs the lines. Add --file FILE.");
}

function parseWrite(
  pipeline: string | undefined,
  batch: string | undefined,
): { pipeline: number; command: LoadCommand } {
  if (batch === undefined) {
    return {
      pipeline: parseInteger(pipeline ?? "1", "--pipeline", 1, PIPELINE_MAX),
      command: "get",
    };
  }
  if (pipeline === undefined) {
    return { pipeline: parseInteger(batch, "--batch", 1, BATCH_MAX), command: "mget" };
  }
  throw new UsageError("--batch and --pipeline exclude each other. Remove one of them.");
}

function parseLimit(
  requests: string | undefined,
  duration: string | undefined,
): { requests: number | null; durationMs: number | null } {
  if (requests !== undefined && duration !== undefined) {
    throw new UsageError("--duration and --requests exclude each other. Remove one of them.");
  }
  if (duration !== undefined) {
    return { requests: null, durationMs: parseTime(duration, "--duration") };
  }
  if (requests === undefined) return { requests: REQUESTS_DEFAULT, durationMs: null };
  return { requests: parseInteger(requests, "--requests", 1, COUNT_MAX), durationMs: null };
}

function parseTime(text: string, flag: string): number {
  const ms = parseDuration(text, flag);
  if (ms >= 1) return ms;
  throw new UsageError(`${flag} must be 1ms or more, not ${text}.`);
}
