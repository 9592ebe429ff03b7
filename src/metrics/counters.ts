/** The TCP commands and the kinds of HTTP requests that are counted. */
export const COMMANDS = [
  { door: "tcp", command: "get" },
  { door: "tcp", command: "mget" },
  { door: "tcp", command: "range" },
  { door: "tcp", command: "other" },
  { door: "http", command: "line" },
  { door: "http", command: "range" },
  { door: "http", command: "batch" },
  { door: "http", command: "page" },
  { door: "http", command: "other" },
] as const;

/** A door: a kind of listener. */
export type Door = typeof COMMANDS[number]["door"];

/** What a client of a door can ask for. */
export type CommandOf<D extends Door> = Extract<typeof COMMANDS[number], { door: D }>["command"];

/**
 * How a request can end: answered; not sent again because the client has it; without a line of that number; refused
 * as wrong; failed.
 */
export const RESULTS = ["ok", "not_modified", "missing", "refused", "failed"] as const;

/** How a request ended. */
export type Result = typeof RESULTS[number];

/** The other counters: each only grows. */
export const TOTALS = [
  "tcp_lines",
  "tcp_bytes",
  "http_lines",
  "http_bytes",
  "page_hits",
  "page_misses",
  "dropped_messages",
] as const;

/** The values that go up and down. */
export const GAUGES = [
  "tcp_connections",
  "mailbox_messages",
  "event_loop_delay_seconds",
] as const;

/** One of the other counters. */
export type Total = typeof TOTALS[number];

/** One of the values that go up and down. */
export type Gauge = typeof GAUGES[number];

/** Upper bounds of the buckets of the latency histograms, in seconds. A last bucket has everything above. */
export const LATENCY_BUCKETS_SECONDS: readonly number[] = [
  0.00005,
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.1,
  0.5,
  2.5,
];

const DOORS: readonly Door[] = ["tcp", "http"];
const BUCKETS = LATENCY_BUCKETS_SECONDS.length + 1;
const AT_REQUESTS = 0;
const AT_TOTALS = AT_REQUESTS + COMMANDS.length * RESULTS.length;
const AT_GAUGES = AT_TOTALS + TOTALS.length;
const AT_LATENCIES = AT_GAUGES + GAUGES.length;
// The buckets, then the sum.
const SLOTS_PER_LATENCY = BUCKETS + 1;
const SLOTS = AT_LATENCIES + DOORS.length * SLOTS_PER_LATENCY;

// Workers do not write to the same cache line.
const STRIDE_BYTES = Math.ceil(SLOTS * Float64Array.BYTES_PER_ELEMENT / 64) * 64;

/** The place of a counter. */
export type Slot = number & { readonly brand: "slot" };

/** How long requests took. */
export interface Latencies {
  /** By bucket of {@linkcode LATENCY_BUCKETS_SECONDS}, and everything above: how many requests. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/**
 * What one worker has counted, in memory that all workers share: any of them can answer for all.
 *
 * - Only its worker writes it, so that counting needs no atomic operation. A value of eight aligned bytes is never seen
 *   half written by the processors that Deno runs on.
 * - A worker that is started again goes on counting where the one before it ended.
 */
export class Counters {
  readonly #slots: Float64Array;

  /**
   * @param memory from {@linkcode Counters.allocate}
   * @param worker which worker it is, 0 or more
   */
  constructor(memory: SharedArrayBuffer, worker: number) {
    this.#slots = new Float64Array(memory, worker * STRIDE_BYTES, SLOTS);
  }

  /** @param workers how many count: 1 or more */
  static allocate(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(workers * STRIDE_BYTES);
  }

  /** The counters of all workers, in their order. */
  static all(memory: SharedArrayBuffer): Counters[] {
    const workers = memory.byteLength / STRIDE_BYTES;
    return Array.from({ length: workers }, (_, worker) => new Counters(memory, worker));
  }

  countRequest<D extends Door>(door: D, command: CommandOf<D>, result: Result): void {
    this.#slots[requestSlot(door, command, result)]!++;
  }

  /**
   * Where requests of a kind are counted, for {@linkcode Counters.increase}: looking that up each time takes several times as
   * long as counting.
   */
  requestSlot<D extends Door>(door: D, command: CommandOf<D>, result: Result): Slot {
    return requestSlot(door, command, result) as Slot;
  }

  /** Where a total is counted, for {@linkcode Counters.increase}. */
  totalSlot(total: Total): Slot {
    return AT_TOTALS + TOTALS.indexOf(total) as Slot;
  }

  /** Adds to what is counted there. */
  increase(slot: Slot, count: number): void {
    this.#slots[slot]! += count;
  }

  requests(door: Door, command: string, result: Result): number {
    return this.#slots[requestSlot(door, command, result)]!;
  }

  add(total: Total, count: number): void {
    this.#slots[AT_TOTALS + TOTALS.indexOf(total)]! += count;
  }

  total(total: Total): number {
    return this.#slots[AT_TOTALS + TOTALS.indexOf(total)]!;
  }

  setGauge(gauge: Gauge, value: number): void {
    this.#slots[AT_GAUGES + GAUGES.indexOf(gauge)] = value;
  }

  gauge(gauge: Gauge): number {
    return this.#slots[AT_GAUGES + GAUGES.indexOf(gauge)]!;
  }

  countLatency(door: Door, seconds: number): void {
    const at = AT_LATENCIES + DOORS.indexOf(door) * SLOTS_PER_LATENCY;
    let bucket = 0;
    while (bucket < LATENCY_BUCKETS_SECONDS.length && seconds > LATENCY_BUCKETS_SECONDS[bucket]!) {
      bucket++;
    }
    this.#slots[at + bucket]!++;
    this.#slots[at + BUCKETS]! += seconds;
  }

  latencies(door: Door): Latencies {
    const at = AT_LATENCIES + DOORS.indexOf(door) * SLOTS_PER_LATENCY;
    return {
      counts: [...this.#slots.subarray(at, at + BUCKETS)],
      sumSeconds: this.#slots[at + BUCKETS]!,
    };
  }
}

// By door, command and result; looked up without allocating anything.
const COMMAND_SLOTS: Readonly<Record<Door, Readonly<Record<string, number>>>> = {
  tcp: slotsOf("tcp"),
  http: slotsOf("http"),
};

function slotsOf(door: Door): Record<string, number> {
  return Object.fromEntries(
    COMMANDS.map((one, i) => [one, i] as const).filter(([one]) => one.door === door)
      .map(([{ command }, i]) => [command, AT_REQUESTS + i * RESULTS.length]),
  );
}

function requestSlot(door: Door, command: string, result: Result): number {
  return COMMAND_SLOTS[door][command]! + RESULTS.indexOf(result);
}
