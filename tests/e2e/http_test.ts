import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertSameBytes, asText, numberedLines } from "../support/e2e_bytes.ts";
import { Client } from "../support/e2e_client.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

const HTTP = ["--http", "0"];

async function serveHttp(scene: Scene, text: string, args: readonly string[] = []) {
  const path = await scene.file(new TextEncoder().encode(text));
  const server = await scene.serve(path, [...HTTP, ...args]);
  const url = await server.httpAddress();
  return { path, server, url, port: Number(new URL(url).port) };
}

sceneTest(
  "serve --http returns the same lines by HTTP as by TCP, and counts both",
  async (scene) => {
    const { server, url } = await serveHttp(scene, numberedLines(5_000), ["--workers", "2"]);
    const client = await scene.connect(server);
    for (let n = 1; n <= 5_000; n += 499) {
      const response = await fetch(`${url}/lines/${n}`);
      assertEquals([response.status, await response.text()], [200, `line ${n}`]);
      assertEquals(await client.ask(`GET ${n}`, 2), ["OK", `line ${n}`]);
    }
    const all = await fetch(`${url}/lines/1-`);
    assertEquals(await all.text(), numberedLines(5_000));
    const { fingerprint } = await (await fetch(`${url}/info`)).json();
    const page = await fetch(`${url}/pages/${fingerprint}/4`);
    assertEquals(await page.text(), numberedLines(5_000).split("\n").slice(4_096).join("\n"));
    const html = await fetch(`${url}/`);
    assert(html.headers.get("Content-Security-Policy")!.includes("default-src 'none'"));
    assert((await html.text()).includes("<html"));
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const value = (labels: string) =>
      Number(metrics.match(new RegExp(`^${labels} (\\d+)$`, "m"))![1]);
    assertEquals(value('linesvr_requests_total{door="tcp",command="get",result="ok"}'), 11);
    assertEquals(value('linesvr_requests_total{door="http",command="line",result="ok"}'), 11);
    assertEquals(value('linesvr_requests_total{door="http",command="range",result="ok"}'), 1);
    assertEquals(value('linesvr_lines_total{door="http"}'), 11 + 5_000 + 904);
    assertEquals(value('linesvr_lines_total{door="tcp"}'), 11);
    assertEquals(value('linesvr_connections{door="tcp"}'), 1);
    server.kill("SIGTERM");
    client.close();
    assertEquals((await server.ended()).code, 0);
    assertEquals(server.output.split("\n").length, 3);
  },
);

sceneTest("serve without --http reports one address", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"));
  server.kill("SIGTERM");
  await server.ended();
  assertEquals(server.output, `listening on 127.0.0.1:${server.port}\n`);
});

sceneTest("serve --http refuses an address that another linesvr has", async (scene) => {
  const { path, port } = await serveHttp(scene, "one\n", ["--workers", "2"]);
  const { code, stderr } = await scene.run("serve", path, "--port", "0", "--http", `${port}`);
  assertEquals(code, 1);
  const expected = `Cannot listen on 127.0.0.1:${port} (the port is in use). ` +
    "Choose another one with --http, or 0 for a free one.";
  assert(stderr.includes(expected), stderr);
});

sceneTest("serve --http listens on [::1] and on localhost", async (scene) => {
  const path = await scene.file("one\n");
  for (const address of ["[::1]:0", "localhost:0", "127.0.0.1:0"]) {
    const server = await scene.serve(path, ["--http", address]);
    const response = await fetch(`${await server.httpAddress()}/lines/1`);
    assertEquals(await response.text(), "one", address);
    server.kill("SIGTERM");
    assertEquals((await server.ended()).code, 0);
  }
});

sceneTest("after a change of the file, HTTP answers 503 and nothing else", async (scene) => {
  const { path, url } = await serveHttp(scene, numberedLines(100), ["--workers", "1"]);
  const first = await fetch(`${url}/lines/5`);
  const etag = first.headers.get("ETag")!;
  assertEquals(await first.text(), "line 5");
  assertEquals(await (await fetch(`${url}/readyz`)).text(), "ready\n");
  await Deno.writeTextFile(path, "something else\n");
  // The server looks at the file again 10 ms after it has looked the last time.
  for (let status = 200; status === 200;) {
    const response = await fetch(`${url}/readyz`);
    await response.text();
    status = response.status;
  }
  for (const route of ["/lines/5", "/lines/1-", "/lines?n=1", "/readyz"]) {
    const response = await fetch(`${url}${route}`, { headers: { "If-None-Match": etag } });
    assertEquals(response.status, 503, route);
    assert((await response.json()).detail.startsWith("File changed: "));
  }
  const health = await fetch(`${url}/healthz`);
  assertEquals([health.status, await health.text()], [200, "ok\n"]);
});

sceneTest(
  "another file at the path has other ETags and pages, even with equal samples",
  async (scene) => {
    // The fingerprint of a file of this size does not cover this byte.
    const text = new Uint8Array(5 * 1024 * 1024).fill(0x61);
    const path = await scene.file(text);
    const infos: string[] = [];
    for (const edit of [0x61, 0x62]) {
      text[6_000] = edit;
      await Deno.writeFile(path, text);
      const server = await scene.serve(path, HTTP);
      const url = await server.httpAddress();
      infos.push((await (await fetch(`${url}/info`)).json()).fingerprint);
      server.kill("SIGTERM");
      await server.ended();
    }
    assert(infos[0] !== infos[1]);
  },
);

sceneTest(
  "a body that cannot be read to its end is cut off, and the log says so in one line",
  async (scene) => {
    const { path, server, port } = await serveHttp(scene, numberedLines(400_000, 99), [
      "--workers",
      "1",
    ]);
    using client = await Client.connect(port);
    await client.send("GET /lines/1- HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const head = asText((await client.read())!);
    assert(head.startsWith("HTTP/1.1 200 OK\r\n"));
    await Deno.writeTextFile(path, "short\n");
    const rest = await client.readAll();
    assert(rest.length < 40_000_000);
    assert(!asText(rest.subarray(-7)).endsWith("0\r\n\r\n"));
    server.kill("SIGTERM");
    await server.ended();
    assertEquals(server.errors.match(/^\s+at /m), null);
    assert(server.errors.includes("Closed an HTTP connection (File changed: "), server.errors);
  },
);

sceneTest("on SIGTERM a range is sent to its end, and no connection is accepted", async (scene) => {
  const text = numberedLines(300_000, 99);
  const { server, port, url } = await serveHttp(scene, text);
  using client = await Client.connect(port);
  await client.send("GET /lines/1- HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const head = asText(await client.readBytes(15));
  assertEquals(head, "HTTP/1.0 200 OK");
  server.kill("SIGTERM");
  const rest = await client.readAll();
  const bodyAt = asText(rest.subarray(0, 2_000)).indexOf("\r\n\r\n") + 4;
  assertSameBytes(rest.subarray(bodyAt), new TextEncoder().encode(text));
  assertEquals((await server.ended()).code, 0);
  await assertRejects(() => fetch(url));
});

sceneTest("a client that reads nothing is disconnected after --drain-timeout", async (scene) => {
  const text = numberedLines(300_000, 99);
  const { server, port } = await serveHttp(scene, text, ["--drain-timeout", "200ms"]);
  using client = await Client.connect(port);
  await client.send("GET /lines/1- HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await client.readBytes(100);
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
});

sceneTest("a slow client of a range does not make the server take memory", async (scene) => {
  const { server, port, url } = await serveHttp(scene, numberedLines(1_000_000, 99), [
    "--workers",
    "1",
  ]);
  await (await fetch(`${url}/lines/1-10000`)).arrayBuffer();
  const before = server.memoryBytes();
  const clients: Client[] = [];
  for (let i = 0; i < 8; i++) {
    const client = await Client.connect(port);
    clients.push(client);
    await client.send("GET /lines/1- HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.readBytes(1_000_000);
  }
  assertEquals(await (await fetch(`${url}/lines/7`)).text(), "line 7".padEnd(99, "."));
  const grown = server.memoryBytes() - before;
  for (const client of clients) client.close();
  assert(grown < 100 * 1024 * 1024, `${grown} bytes`);
});

const SMUGGLED = "GET /lines/2 HTTP/1.1\r\nHost: localhost\r\n\r\n";

const HOSTILE: Readonly<Record<string, string>> = {
  "Content-Length with Transfer-Encoding":
    `POST /lines HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  "two lengths":
    `POST /lines HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1${SMUGGLED}`,
  "an encoding that is not chunked":
    `POST /lines HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  "a length with a sign":
    `POST /lines HTTP/1.1\r\nHost: localhost\r\nContent-Length: +1\r\n\r\n1${SMUGGLED}`,
  "two hosts": "GET /lines/1 HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
  "a blank before the colon": "GET /lines/1 HTTP/1.1\r\nHost : localhost\r\n\r\n",
  "a NUL in a header": "GET /lines/1 HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
  "a head of 1 MB": `GET /lines/1 HTTP/1.1\r\nHost: localhost\r\nX: ${
    "x".repeat(1_000_000)
  }\r\n\r\n`,
  "1,000 headers": `GET /lines/1 HTTP/1.1\r\nHost: localhost\r\n${"A: b\r\n".repeat(1_000)}\r\n`,
  "a path of 100 KB": `GET /lines/${"1".repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  "another host": "GET /lines/1 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
  "another host in the first line":
    "GET http://evil.example/lines/1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "CONNECT": "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
  "TCP commands": "GET 1\nGET 2\n",
};

sceneTest("hostile requests are refused, and other clients are served", async (scene) => {
  const { server, port, url } = await serveHttp(scene, "one\ntwo\n", ["--workers", "1"]);
  const tcp = await scene.connect(server);
  for (const [what, request] of Object.entries(HOSTILE)) {
    using client = await Client.connect(port);
    const answer = client.readAll().then(asText, () => "");
    // The server may close the connection before it has read everything.
    await client.send(request).catch(() => {});
    await client.endSending().catch(() => {});
    const text = await answer;
    assert(!text.includes("HTTP/1.1 200"), `${what}: ${text}`);
    assert(text === "" || /^HTTP\/1.1 4\d\d /.test(text), `${what}: ${text}`);
    assertEquals(await tcp.ask("GET 1", 2), ["OK", "one"], what);
    assertEquals(await (await fetch(`${url}/lines/2`)).text(), "two", what);
  }
  assertEquals(server.errors.match(/^\s+at /m), null);
});

sceneTest("a path is not normalized: no trick leads to another route", async (scene) => {
  const { port } = await serveHttp(scene, "one\ntwo\n", ["--workers", "1"]);
  const paths = [
    "/x/../lines/1",
    "/%2e%2e/lines/1",
    "//lines/1",
    "/lines/../info",
    "/lines/1%2f",
  ];
  for (const path of paths) {
    using client = await Client.connect(port);
    await client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const text = asText(await client.readAll());
    assert(/^HTTP\/1.1 4\d\d /.test(text), `${path}: ${text}`);
  }
});

sceneTest("1,000 connections that send nothing, or half a head, delay nobody", async (scene) => {
  const { server, port, url } = await serveHttp(scene, "one\ntwo\n", ["--workers", "1"]);
  const idle: Client[] = [];
  for (let i = 0; i < 1_000; i++) {
    const client = await Client.connect(port);
    idle.push(client);
    if (i % 2 === 0) await client.send("GET /lines/1 HTTP/1.1\r\nHost: loc");
  }
  assertEquals(await (await fetch(`${url}/lines/2`)).text(), "two");
  const tcp = await scene.connect(server);
  assertEquals(await tcp.ask("GET 1", 2), ["OK", "one"]);
  tcp.close();
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
  for (const client of idle) client.close();
});
