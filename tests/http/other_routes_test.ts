import { assert, assertEquals } from "@std/assert";
import type { OpenApi } from "../../src/http/openapi.ts";
import { detailOf, FINGERPRINT, HttpRoom } from "../support/http_room.ts";

const LINES = ["one", "two", "three"];

Deno.test("GET /info describes the file", async () => {
  const { headers, body } = await new HttpRoom(LINES).get("/info");
  assertEquals(JSON.parse(body), {
    name: "text.txt",
    lines: 3,
    bytes: 1234,
    fingerprint: FINGERPRINT,
    version: "1.2.3",
    fileCount: 1,
    files: [{ name: "text.txt", firstLine: 1, lines: 3, bytes: 1234 }],
  });
  assertEquals(headers.get("Cache-Control"), "no-store");
});

Deno.test("/readyz is 503 unless the server is serving a file that has not changed, /healthz is 200", async () => {
  const room = new HttpRoom(LINES);
  assertEquals((await room.get("/readyz")).status, 200);
  for (const state of ["starting", "draining"] as const) {
    room.state = state;
    const answer = await room.get("/readyz");
    assertEquals([answer.status, detailOf(answer)], [503, `The server is ${state}.`]);
  }
  room.state = "serving";
  room.change = new Error("File changed: text.txt.");
  assertEquals((await room.get("/readyz")).status, 503);
  assertEquals((await room.get("/healthz")).status, 200);
});

Deno.test("a path that does not exist is 404, whatever tricks it has", async () => {
  const room = new HttpRoom(LINES);
  const paths = [
    "/nope",
    "//lines/1",
    "/lines/",
    "/lines//1",
    "/Lines/1",
    "/lines/1/",
    "/pages/",
    "/%2e%2e/etc/passwd",
  ];
  for (const path of paths) {
    const answer = await room.get(path);
    assertEquals(answer.status, 404, path);
    assertEquals(answer.headers.get("Content-Type"), "application/problem+json");
    assertEquals(JSON.parse(answer.body).status, 404);
  }
});

Deno.test("another method is 405 with the methods that are allowed", async () => {
  const room = new HttpRoom(LINES);
  for (const path of ["/lines/1", "/info", "/pages/x/1", "/", "/metrics"]) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"]) {
      const { status, headers } = await room.get(path, { method });
      assertEquals(
        [status, headers.get("Allow")],
        [405, "GET, HEAD, OPTIONS"],
        `${method} ${path}`,
      );
    }
  }
  const { headers } = await room.get("/lines", { method: "PUT" });
  assertEquals(headers.get("Allow"), "GET, HEAD, POST, OPTIONS");
});

Deno.test("OPTIONS tells the methods", async () => {
  const { status, headers } = await new HttpRoom(LINES).get("/lines", { method: "OPTIONS" });
  assertEquals([status, headers.get("Allow")], [204, "GET, HEAD, POST, OPTIONS"]);
});

Deno.test("HEAD has the head of GET and no body", async () => {
  const room = new HttpRoom(LINES);
  for (
    const path of ["/lines/1", "/lines/1-2", "/lines/9", "/info", "/", `/pages/${FINGERPRINT}/0`]
  ) {
    const get = await room.get(path);
    const head = await room.get(path, { method: "HEAD" });
    assertEquals([head.status, head.body], [get.status, ""]);
    for (const name of ["Content-Type", "ETag", "Cache-Control"]) {
      assertEquals(head.headers.get(name), get.headers.get(name));
    }
  }
});

Deno.test("HEAD of a stream ends the reading", async () => {
  let isCanceled = false;
  const room = new HttpRoom(LINES, {
    lines: {
      files: [],
      count: 10,
      read: () => undefined,
      range: async (_from, _to, sink) => {
        try {
          for (;;) await sink.lines(new Uint8Array(100_000).fill(10), false);
        } catch {
          isCanceled = true;
        }
      },
    },
  });
  assertEquals((await room.get("/lines/1-10", { method: "HEAD" })).status, 200);
  for (let i = 0; i < 50 && !isCanceled; i++) await Promise.resolve();
  assert(isCanceled);
});

Deno.test("a request for another host is 421", async () => {
  const room = new HttpRoom(LINES, { allowedHosts: ["lines.example"] });
  const hosts = [
    "127.0.0.1",
    "localhost:1",
    "LOCALHOST",
    "[::1]:8080",
    "lines.example",
    "Lines.Example.:443",
  ];
  for (const host of hosts) {
    assertEquals((await room.get("/lines/1", {}, host)).status, 200, host);
  }
  for (
    const host of [
      "evil.example",
      "10.0.0.1",
      "localhost.evil.example",
      "xlines.example",
      "127.0.0.1.nip.io",
    ]
  ) {
    const answer = await room.get("/lines/1", {}, host);
    assertEquals(answer.status, 421, host);
    assert(detailOf(answer).includes("--allow-host"));
  }
});

Deno.test("a server on all addresses accepts every address, and no other name", async () => {
  for (const hostname of ["0.0.0.0", "::"]) {
    const room = new HttpRoom(LINES, { hostname });
    for (const host of ["10.0.0.1:8080", "[fe80::1]:8080", "localhost"]) {
      assertEquals((await room.get("/lines/1", {}, host)).status, 200, host);
    }
    assertEquals((await room.get("/lines/1", {}, "evil.example")).status, 421);
  }
});

Deno.test("web pages of other origins read nothing unless --cors names them", async () => {
  const Origin = "https://a.example";
  const allowed = async (corsOrigins: string[]) => {
    const room = new HttpRoom(LINES, { corsOrigins });
    const answers = [
      await room.get("/lines/1", { headers: { Origin } }),
      await room.get("/lines/9", { headers: { Origin } }),
      await room.get("/lines", { method: "OPTIONS", headers: { Origin } }),
    ];
    const names = answers.map(({ headers }) => headers.get("Access-Control-Allow-Origin"));
    assertEquals(new Set(names).size, 1);
    return { origin: names[0], headers: answers[2]!.headers };
  };
  assertEquals((await allowed([])).origin, null);
  assertEquals((await allowed(["https://b.example"])).origin, null);
  assertEquals((await allowed(["*"])).origin, "*");
  const { origin, headers } = await allowed(["https://b.example", Origin]);
  assertEquals([origin, headers.get("Vary")], [Origin, "Origin"]);
  assertEquals(headers.get("Access-Control-Allow-Methods"), "GET, HEAD, POST, OPTIONS");
});

Deno.test("more requests than allowed at a time are 503", async () => {
  const room = new HttpRoom(LINES, {
    maxRequests: 1,
    metrics: () => new Promise(() => {}),
  });
  room.fetch("/metrics");
  const answer = await room.get("/lines/1");
  assertEquals([answer.status, answer.headers.get("Retry-After")], [503, "1"]);
});

Deno.test("/openapi.json has exactly the routes and their methods", async () => {
  const room = new HttpRoom(LINES);
  const { paths } = JSON.parse((await room.get("/openapi.json")).body) as OpenApi;
  const values: Record<string, string> = { selector: "1", fingerprint: FINGERPRINT, page: "0" };
  for (const [path, item] of Object.entries(paths)) {
    const concrete = path.replace(/\{(\w+)\}/g, (_, name) => values[name]!);
    const { headers } = await room.get(concrete, { method: "OPTIONS" });
    const methods = headers.get("Allow")!.split(", ").filter((name) =>
      name !== "HEAD" && name !== "OPTIONS"
    );
    assertEquals(methods.map((name) => name.toLowerCase()), Object.keys(item), path);
    for (const operation of Object.values(item)) assert(operation.summary !== "");
  }
  assertEquals(
    Object.keys(paths).map((path) => path.replace(/\{(\w+)\}/g, ":$1")).sort(),
    [...room.paths].sort(),
  );
});

Deno.test("lines and bytes of answers are counted, whether they are streamed or not", async () => {
  const line = "x".repeat(30_000);
  const room = new HttpRoom([...Array(5).fill(line), "short", { chunks: ["y".repeat(70_000)] }]);
  const total = () => [room.counters.total("http_lines"), room.counters.total("http_bytes")];
  await room.get("/lines/6");
  assertEquals(total(), [1, 5]);
  await room.get("/lines/1-5");
  assertEquals(total(), [6, 5 + 5 * 30_001]);
  await room.get("/lines/7");
  assertEquals(total(), [7, 5 + 5 * 30_001 + 70_000]);
  assertEquals(room.counters.requests("http", "line", "ok"), 2);
  assertEquals(room.counters.requests("http", "range", "ok"), 1);
});
