/** Durations of one kind. */
export interface LatencyReport {
  /** How many durations were measured. */
  readonly count: number;
  readonly minMs: number;
  readonly averageMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** All durations in microseconds: an HdrHistogram in its compressed encoding, as Base64. */
  readonly histogram: string;
}

/** How a wrong reply differs from the correct one. */
export interface WrongAnswer {
  /** The requested line. */
  readonly line: number;
  /** How many correct bytes of the reply, or of its body in HTTP, precede the first wrong one. */
  readonly differsAtByte: number;
  /** The received bytes around the first wrong one, quoted and escaped. */
  readonly received: string;
  /** The expected bytes around the first wrong one, quoted and escaped. */
  readonly expected: string;
}

/** Failures of one kind. */
export interface FailureReport {
  /** Such as "connection refused". */
  readonly kind: string;
  readonly count: number;
  /** The first failure, on one line. */
  readonly example: string;
}

/** The results of one target with one number of clients. */
export interface StepReport {
  readonly clients: number;
  /** How many connections were opened. */
  readonly connections: number;
  /** Received replies of any kind. */
  readonly requests: number;
  /** From the first request to the last reply. */
  readonly elapsedMs: number;
  /** Received replies per second. */
  readonly requestsPerSecond: number;
  /** Failed connections and error messages of the server. */
  readonly errors: number;
  readonly failures: readonly FailureReport[];
  /** Replies that are neither correct nor error messages. */
  readonly wrong: number;
  /** The lines of the wrong answers, each once, in ascending order; 1,000 at most. */
  readonly wrongLines: readonly number[];
  /** The first wrong answers; 10 at most. */
  readonly wrongAnswers: readonly WrongAnswer[];
  /** The time to open a connection; `null` if none was opened. */
  readonly connect: LatencyReport | null;
  /** From when a request was sent to the first byte of its reply; `null` without replies. */
  readonly firstByte: LatencyReport | null;
  /**
   * From when a request was sent, or in an open loop was due, to the last byte of its reply; `null`
   * without replies.
   */
  readonly latency: LatencyReport | null;
  /** In an open loop, from when a request was sent to the last byte of its reply. */
  readonly uncorrected: LatencyReport | null;
  /** The share of one processor that the load tester used: 1 is a whole processor. */
  readonly ownCpuShare: number;
  /** The load tester's processor time for each reply, in microseconds; 0 without replies. */
  readonly ownCpuUsPerRequest: number;
  /** Whether the load tester may have limited the figures. */
  readonly isSaturated: boolean;
}

/** The results of one server. */
export interface TargetReport {
  /** Its name in tables and charts. */
  readonly label: string;
  /** `HOST:PORT`. */
  readonly address: string;
  readonly protocol: "line" | "redis" | "http";
  readonly steps: readonly StepReport[];
}

/** What requests lines: a `GET` for each, or one `MGET` for those of a write. */
export type LoadCommand = "get" | "mget";

/** The settings of a run. */
export interface LoadSettings {
  /** The number of clients of each step. */
  readonly clients: readonly number[];
  /** Requests of each client in a step; `null` if a step has a duration. */
  readonly requests: number | null;
  /** How long a step takes; `null` if it has a number of requests. */
  readonly durationMs: number | null;
  /** How many lines a client requests in one write. */
  readonly pipeline: number;
  readonly command: LoadCommand;
  readonly pattern: "random" | "sequential" | "zipf";
  readonly seed: number;
  /** The greatest line number that may be requested. */
  readonly lines: number;
  /** The file that the answers were compared with; `null` if they were not compared. */
  readonly file: string | null;
  /** Requests per second of all clients together; `null` in a closed loop. */
  readonly ratePerSecond: number | null;
}

/** The results of a run: what `--json` writes. */
export interface LoadReport {
  /** The version of this format. */
  readonly version: 1;
  /** When the run started, as ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Whether the run was interrupted. */
  readonly isCutShort: boolean;
  /** The load tester's machine: system, architecture, processors. */
  readonly machine: string;
  readonly settings: LoadSettings;
  /** One or more. */
  readonly targets: readonly TargetReport[];
}
