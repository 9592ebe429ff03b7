/** A kind of durations, in milliseconds. */
export interface LatencyReport {
  /** How many were measured. */
  readonly count: number;
  /** The shortest. */
  readonly minMs: number;
  /** The arithmetic mean. */
  readonly averageMs: number;
  /** Half took no longer. */
  readonly p50Ms: number;
  /** 99 of 100 took no longer. */
  readonly p99Ms: number;
  /** 999 of 1,000 took no longer. */
  readonly p999Ms: number;
  /** The longest. */
  readonly maxMs: number;
  /** All of them, in microseconds: an HdrHistogram in its compressed encoding, Base64. */
  readonly histogram: string;
}

/** Where a reply that was not right differs from the right one. */
export interface WrongAnswer {
  /** The line that was asked for, 1 or more. */
  readonly line: number;
  /** How many bytes of the reply were right before the first that was not. */
  readonly differsAtByte: number;
  /** What came around that place; quoted and escaped. */
  readonly received: string;
  /** What should have come there; quoted and escaped. */
  readonly expected: string;
}

/** Failures of one kind. */
export interface FailureReport {
  /** Such as "connection refused". */
  readonly kind: string;
  /** How many. */
  readonly count: number;
  /** What the first one was, on one line. */
  readonly example: string;
}

/** What one target did with one number of clients. */
export interface StepReport {
  /** How many clients asked at once. */
  readonly clients: number;
  /** Connections opened. */
  readonly connections: number;
  /** Replies received, whatever they said. */
  readonly requests: number;
  /** From the first request to the last reply. */
  readonly elapsedMs: number;
  /** Replies received a second. */
  readonly requestsPerSecond: number;
  /** Failed connections and error replies. */
  readonly errors: number;
  /** The errors by kind. */
  readonly failures: readonly FailureReport[];
  /** Wrong answers. */
  readonly wrong: number;
  /** The lines of the wrong answers, each once, in rising order; 1,000 at most. */
  readonly wrongLines: readonly number[];
  /** The first wrong answers; 10 at most. */
  readonly wrongAnswers: readonly WrongAnswer[];
  /** Opening a connection; `null` where none was opened. */
  readonly connect: LatencyReport | null;
  /** From when a request was sent to the first byte of its reply; `null` where none came. */
  readonly firstByte: LatencyReport | null;
  /**
   * From a request to the last byte of its reply, `null` where none came. In an open loop it counts
   * from when the request was due.
   */
  readonly latency: LatencyReport | null;
  /** In an open loop: from when the request was sent to the last byte of its reply. */
  readonly uncorrected: LatencyReport | null;
  /** How much of one processor the load tester itself used: 0 or more, 1 for all of it. */
  readonly ownCpuShare: number;
  /** Its processor time for each reply, in microseconds; 0 where none came. */
  readonly ownCpuUsPerRequest: number;
  /** Whether the load tester may have been what limited the figures; not so where there are none. */
  readonly isSaturated: boolean;
}

/** What one server did. */
export interface TargetReport {
  /** What it is called in tables and charts. */
  readonly label: string;
  /** `HOST:PORT`. */
  readonly address: string;
  /** What it speaks. */
  readonly protocol: "line" | "redis";
  /** In the order in which they were run. */
  readonly steps: readonly StepReport[];
}

/** What was asked for. */
export interface LoadSettings {
  /** The numbers of clients, in order. */
  readonly clients: readonly number[];
  /** Requests of each client in a step; `null` where a step has a duration. */
  readonly requests: number | null;
  /** How long a step takes; `null` where it has a number of requests. */
  readonly durationMs: number | null;
  /** Requests that a client sends at once. */
  readonly pipeline: number;
  /** Which lines are asked for. */
  readonly pattern: "random" | "sequential" | "zipf";
  /** What chose them. */
  readonly seed: number;
  /** They were among 1 to this. */
  readonly lines: number;
  /** What the answers were compared with; `null` where they were not. */
  readonly file: string | null;
  /** Requests a second of all clients together; `null` in a closed loop. */
  readonly ratePerSecond: number | null;
}

/** What came of a run of the load tester: what `--json` writes. */
export interface LoadReport {
  /** The version of this format. */
  readonly version: 1;
  /** When the run began, as ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Whether it was ended before its last step. */
  readonly isCutShort: boolean;
  /** Where the load tester ran: system, architecture, processors. */
  readonly machine: string;
  /** What was asked for. */
  readonly settings: LoadSettings;
  /** One or more. */
  readonly targets: readonly TargetReport[];
}
