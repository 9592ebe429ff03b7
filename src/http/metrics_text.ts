import { type Metric, Registry } from "prom-client";
import {
  COMMANDS,
  Counters,
  type Door,
  type Gauge,
  LATENCY_BUCKETS_SECONDS,
  RESULTS,
  type Total,
} from "../metrics/counters.ts";

/** What the metrics are made of, apart from what the workers have counted. */
export interface MetricsContext {
  /** From `Counters.allocate`. */
  readonly memory: SharedArrayBuffer;
  readonly version: string;
  readonly lineCount: number;
  /** The memory of the process, in bytes. */
  readonly residentBytes: () => number;
}

/** One sample of a metric. */
interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** If it is not that of the metric, as in a histogram. */
  readonly metricName?: string;
}

type Kind = "counter" | "gauge" | "histogram";

const DOORS: readonly Door[] = ["tcp", "http"];

/**
 * Writes the metrics of all workers, in the text format of Prometheus. Nothing is counted here: the values are read from the
 * shared memory when somebody asks.
 */
export function createMetrics(context: MetricsContext): () => Promise<string> {
  const registry = new Registry();
  const workers = Counters.all(context.memory);
  const add = (kind: Kind, name: string, help: string, read: () => Sample[]) => {
    // The registry reads only these of a metric; its own ones would keep values of their own.
    const metric = {
      name,
      help,
      type: kind,
      get: () => ({ name, help, type: kind, values: read() }),
    };
    registry.registerMetric(metric as unknown as Metric);
  };
  const sum = (read: (counters: Counters) => number) =>
    workers.reduce((total, counters) => total + read(counters), 0);
  const total = (name: Total) => sum((counters) => counters.total(name));
  const plain = (value: number): Sample[] => [{ value, labels: {} }];
  const byDoor = (read: (door: Door) => number): Sample[] =>
    DOORS.map((door) => ({ value: read(door), labels: { door } }));
  const byWorker = (gauge: Gauge): Sample[] =>
    workers.map((counters, worker) => ({ value: counters.gauge(gauge), labels: { worker } }));

  add("gauge", "linesvr_info", "The version of linesvr.", () => [
    { value: 1, labels: { version: context.version } },
  ]);
  add("gauge", "linesvr_file_lines", "Lines of the file.", () => plain(context.lineCount));
  add(
    "counter",
    "linesvr_requests_total",
    "Requests.",
    () =>
      COMMANDS.flatMap(({ door, command }) =>
        RESULTS.map((result) => ({
          value: sum((counters) => counters.requests(door, command, result)),
          labels: { door, command, result },
        }))
      ).filter(isPossible),
  );
  add(
    "counter",
    "linesvr_worker_requests_total",
    "Requests, by worker.",
    () =>
      workers.flatMap((counters, worker) =>
        byDoor((door) => requestsOf(counters, door)).map(({ value, labels }) => ({
          value,
          labels: { ...labels, worker },
        }))
      ),
  );
  add(
    "histogram",
    DURATION,
    "Time until an answer begins; one of 16 is measured.",
    () => DOORS.flatMap((door) => histogram(workers, door)),
  );
  add("gauge", "linesvr_connections", "Open TCP connections.", () => [
    { value: sum((counters) => counters.gauge("tcp_connections")), labels: { door: "tcp" } },
  ]);
  add(
    "counter",
    "linesvr_lines_total",
    "Lines that were sent.",
    () => byDoor((door) => total(`${door}_lines`)),
  );
  add(
    "counter",
    "linesvr_bytes_total",
    "Bytes that were sent; of HTTP, before compression.",
    () => byDoor((door) => total(`${door}_bytes`)),
  );
  add(
    "counter",
    "linesvr_page_cache_hits_total",
    "Lines whose index page was cached.",
    () => plain(total("page_hits")),
  );
  add(
    "counter",
    "linesvr_page_cache_misses_total",
    "Lines whose index page was not cached.",
    () => plain(total("page_misses")),
  );
  add(
    "gauge",
    "linesvr_mailbox_messages",
    "Messages that wait for the page loader.",
    () => byWorker("mailbox_messages"),
  );
  add(
    "gauge",
    "linesvr_event_loop_delay_seconds",
    "How late the last timer was.",
    () => byWorker("event_loop_delay_seconds"),
  );
  add(
    "gauge",
    "linesvr_resident_memory_bytes",
    "Resident memory of the process.",
    () => plain(context.residentBytes()),
  );
  add(
    "counter",
    "linesvr_dropped_log_messages_total",
    "Log messages that could not be written.",
    () => plain(total("dropped_messages")),
  );
  return () => registry.metrics();
}

const DURATION = "linesvr_request_duration_seconds";

// A TCP command is neither refused nor known to the client already.
function isPossible({ value, labels }: Sample): boolean {
  return value > 0 || labels["result"] === "ok" || labels["result"] === "failed";
}

function requestsOf(counters: Counters, door: Door): number {
  let requests = 0;
  for (const one of COMMANDS) {
    if (one.door !== door) continue;
    for (const result of RESULTS) requests += counters.requests(door, one.command, result);
  }
  return requests;
}

function histogram(workers: readonly Counters[], door: Door): Sample[] {
  const latencies = workers.map((counters) => counters.latencies(door));
  const bounds = [...LATENCY_BUCKETS_SECONDS.map(String), "+Inf"];
  let count = 0;
  const buckets = bounds.map((le, i): Sample => {
    for (const { counts } of latencies) count += counts[i]!;
    return { value: count, labels: { door, le }, metricName: `${DURATION}_bucket` };
  });
  const sumSeconds = latencies.reduce((sum, one) => sum + one.sumSeconds, 0);
  return [
    ...buckets,
    { value: sumSeconds, labels: { door }, metricName: `${DURATION}_sum` },
    { value: count, labels: { door }, metricName: `${DURATION}_count` },
  ];
}
