import { assert, assertEquals } from "@std/assert";
import { createMetrics } from "../../src/http/metrics_text.ts";
import { Counters } from "../../src/metrics/counters.ts";

function metricsOf(memory: SharedArrayBuffer): Promise<string> {
  return createMetrics({ memory, version: "1.2.3", lineCount: 42, residentBytes: () => 4_096 })();
}

/** The samples, without the lines for people. */
async function samplesOf(memory: SharedArrayBuffer): Promise<Map<string, number>> {
  const lines = (await metricsOf(memory)).split("\n").filter((line) => /^[a-z]/.test(line));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ""), Number(line.split(" ").at(-1))]));
}

Deno.test("createMetrics() sums the workers, and shows each of them", async () => {
  const memory = Counters.allocate(2);
  const [first, second] = Counters.all(memory);
  first!.countRequest("tcp", "get", "ok");
  second!.countRequest("tcp", "get", "ok");
  second!.countRequest("http", "line", "missing");
  first!.add("page_hits", 3);
  second!.add("page_hits", 4);
  second!.setGauge("mailbox_messages", 5);
  first!.setGauge("tcp_connections", 6);
  second!.setGauge("tcp_connections", 1);
  const samples = await samplesOf(memory);
  const expected: Readonly<Record<string, number>> = {
    'linesvr_info{version="1.2.3"}': 1,
    "linesvr_file_lines": 42,
    'linesvr_requests_total{door="tcp",command="get",result="ok"}': 2,
    'linesvr_requests_total{door="http",command="line",result="missing"}': 1,
    'linesvr_worker_requests_total{door="tcp",worker="0"}': 1,
    'linesvr_worker_requests_total{door="http",worker="1"}': 1,
    "linesvr_page_cache_hits_total": 7,
    'linesvr_mailbox_messages{worker="1"}': 5,
    'linesvr_connections{door="tcp"}': 7,
    "linesvr_resident_memory_bytes": 4_096,
    "linesvr_dropped_log_messages_total": 0,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(samples.get(name), value, name);
  }
});

Deno.test("createMetrics() writes a histogram whose buckets add up", async () => {
  const memory = Counters.allocate(2);
  const [first, second] = Counters.all(memory);
  first!.countLatency("tcp", 0.00002);
  second!.countLatency("tcp", 0.0002);
  second!.countLatency("tcp", 60);
  const samples = await samplesOf(memory);
  const bucket = (le: string) =>
    samples.get(`linesvr_request_duration_seconds_bucket{door="tcp",le="${le}"}`);
  assertEquals(["0.00005", "0.0001", "0.00025", "2.5", "+Inf"].map(bucket), [1, 1, 2, 2, 3]);
  assertEquals(samples.get('linesvr_request_duration_seconds_count{door="tcp"}'), 3);
  const sum = samples.get('linesvr_request_duration_seconds_sum{door="tcp"}')!;
  assert(Math.abs(sum - 60.00022) < 1e-9);
});

Deno.test("createMetrics() names the type of each metric once, and shows what was counted since", async () => {
  const memory = Counters.allocate(1);
  const write = createMetrics({ memory, version: "1", lineCount: 1, residentBytes: () => 1 });
  const before = await write();
  const types = before.match(/^# TYPE \S+/gm)!;
  assertEquals(new Set(types).size, types.length);
  assert(before.includes("# TYPE linesvr_requests_total counter"));
  new Counters(memory, 0).add("tcp_lines", 9);
  assert((await write()).includes('linesvr_lines_total{door="tcp"} 9\n'));
});

Deno.test("deploy/: the dashboard and the rules use no metric that does not exist", async () => {
  const metrics = await metricsOf(Counters.allocate(1));
  const known = new Set(metrics.match(/^linesvr_\w+/gm));
  for (const file of ["grafana-dashboard.json", "prometheus-rules.yml"]) {
    const text = await Deno.readTextFile(new URL(`../../deploy/${file}`, import.meta.url));
    const used = new Set(text.match(/\blinesvr_\w+/g));
    assert(used.size > 3);
    assertEquals([...used].filter((name) => !known.has(name)), [], file);
  }
});
