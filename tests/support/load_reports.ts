import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type {
  LatencyReport,
  LoadReport,
  LoadSettings,
  StepReport,
  TargetReport,
} from "../../tools/load/load_report.ts";

/** Reports these latencies in milliseconds; all percentiles are the maximum. */
export function latencyReport(...latenciesMs: number[]): LatencyReport {
  const histogram = build({ numberOfSignificantValueDigits: 3, useWebAssembly: false });
  for (const latencyMs of latenciesMs) histogram.recordValue(Math.round(latencyMs * 1_000));
  const maxMs = Math.max(...latenciesMs);
  return {
    count: latenciesMs.length,
    minMs: Math.min(...latenciesMs),
    averageMs: latenciesMs.reduce((sum, latencyMs) => sum + latencyMs, 0) / latenciesMs.length,
    p50Ms: maxMs,
    p99Ms: maxMs,
    p999Ms: maxMs,
    maxMs,
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

/** A step without errors. */
export function stepReport(clients: number, more: Partial<StepReport> = {}): StepReport {
  return {
    clients,
    connections: clients,
    requests: 10 * clients,
    elapsedMs: 100,
    requestsPerSecond: 100 * clients,
    errors: 0,
    failures: [],
    wrong: 0,
    wrongLines: [],
    wrongAnswers: [],
    connect: latencyReport(0.5),
    firstByte: latencyReport(1),
    latency: latencyReport(1, 3),
    uncorrected: null,
    ownCpuShare: 0.25,
    ownCpuUsPerRequest: 2,
    isSaturated: false,
    ...more,
  };
}

/** A step in which no connection could be opened. */
export function failedStep(clients: number): StepReport {
  return stepReport(clients, {
    requests: 0,
    requestsPerSecond: 0,
    errors: clients,
    failures: [{ kind: "connection refused", count: clients, example: "127.0.0.1:1" }],
    connect: null,
    firstByte: null,
    latency: null,
  });
}

export function targetReport(label: string, ...steps: StepReport[]): TargetReport {
  return { label, address: "127.0.0.1:10497", protocol: "line", steps };
}

/** A report of a closed loop. */
export function loadReport(
  targets: readonly TargetReport[],
  settings: Partial<LoadSettings> = {},
): LoadReport {
  return {
    version: 1,
    startedAt: "2026-01-02T03:04:05.678Z",
    isCutShort: false,
    machine: "a machine",
    settings: {
      clients: targets[0]!.steps.map(({ clients }) => clients),
      requests: 10,
      durationMs: null,
      command: "get",
      pipeline: 1,
      pattern: "random",
      seed: 42,
      lines: 1_000_000,
      file: "text.txt",
      ratePerSecond: null,
      ...settings,
    },
    targets,
  };
}
