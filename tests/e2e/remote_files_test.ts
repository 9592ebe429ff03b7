import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { ObjectServer } from "../support/remote_server.ts";

const LINES = Array.from({ length: 4_000 }, (_, i) => `line ${i + 1} ${"x".repeat(i % 90)}`);
const CONTENT = new TextEncoder().encode(LINES.map((line) => `${line}\n`).join(""));
const SECRET = "s3cr3t";

/** A URL with a password and a token, which no message may show. */
function secretUrl(server: ObjectServer, path: string): string {
  return server.url(`${path}?token=${SECRET}`).replace("http://", `http://user:${SECRET}@`);
}

/** Puts a file and its index on a server. */
async function putWithIndex(scene: Scene, server: ObjectServer): Promise<void> {
  const path = await scene.file(CONTENT);
  assertEquals((await scene.run("index", path)).code, 0);
  server.put("/data", CONTENT);
  server.put("/data.lineidx", await Deno.readFile(`${path}.lineidx`));
}

sceneTest(
  "get, count and verify read a file of a web server with the index next to it",
  async (scene) => {
    await using server = new ObjectServer();
    await putWithIndex(scene, server);
    const url = server.url("/data");
    const { stdout, stderr } = await scene.run("get", url, "1", "4000", "-1");
    const expected = [LINES[0], LINES[3999], LINES[3999]].map((line) => `${line}\n`).join("");
    assertEquals(new TextDecoder().decode(stdout), expected, stderr);
    assertEquals(new TextDecoder().decode((await scene.run("count", url)).stdout), "4000\n");
    assertStringIncludes((await scene.run("verify", url)).stderr, "no differences");
  },
);

sceneTest(
  "index of a file of a web server needs --index, and get uses that index",
  async (scene) => {
    await using server = new ObjectServer();
    server.put("/data", CONTENT);
    const url = server.url("/data");
    const { code, stderr } = await scene.run("index", url);
    assertEquals([code, stderr.includes("--index"), stderr.includes("only S3")], [1, true, true]);
    const indexPath = scene.path("data.lineidx");
    assertEquals((await scene.run("index", url, "--index", indexPath)).code, 0);
    const { stdout } = await scene.run("get", url, "17", "--index", indexPath);
    assertEquals(new TextDecoder().decode(stdout), `${LINES[16]}\n`);
  },
);

sceneTest(
  "serve asks a server for a line once, and answers it again while the server is away",
  async (scene) => {
    await using server = new ObjectServer();
    await putWithIndex(scene, server);
    const running = await scene.serve(server.url("/data"), ["--workers", "1"]);
    const client = await scene.connect(running);
    assertEquals(await client.ask("GET 2000", 2), ["OK", LINES[1999]!]);
    const requests = server.requests.length;
    assertEquals(await client.ask("GET 2000", 2), ["OK", LINES[1999]!]);
    assertEquals(server.requests.length, requests);
    server.fault = () => new Response(null, { status: 403 });
    assertEquals(await client.ask("GET 2000", 2), ["OK", LINES[1999]!]);
    const [status] = await client.ask("GET 4000", 1);
    assertStringIncludes(status!, "Server error: Cannot read file: http://127.0.0.1");
    server.fault = () => undefined;
    assertEquals(await client.ask("GET 4000", 2), ["OK", LINES[3999]!]);
    client.close();
  },
);

sceneTest(
  "serve reports a changed file of a web server, and never mixes two versions",
  async (scene) => {
    await using server = new ObjectServer();
    await putWithIndex(scene, server);
    const running = await scene.serve(server.url("/data"), ["--workers", "1"]);
    const client = await scene.connect(running);
    assertEquals(await client.ask("GET 1", 2), ["OK", LINES[0]!]);
    server.put("/data", CONTENT.toReversed());
    for (const n of [4_000, 1]) {
      const [status] = await client.ask(`GET ${n}`, 1);
      assertStringIncludes(status!, "Server error: File changed: http://127.0.0.1");
    }
    client.close();
  },
);

sceneTest("no message of any command shows the password or the query of a URL", async (scene) => {
  await using server = new ObjectServer();
  await putWithIndex(scene, server);
  const url = secretUrl(server, "/data");
  const missing = secretUrl(server, "/missing");
  const local = scene.path("local.lineidx");
  const outputs = [
    await scene.run("get", url, "1"),
    await scene.run("index", url, "--index", local, "--force"),
    await scene.run("index", url, missing),
    await scene.run("verify", url),
    await scene.run("get", missing, "1"),
    await scene.run("serve", missing, "--port", "0"),
  ];
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  for (const { stdout, stderr } of outputs) {
    assert(!`${decode(stdout)}${stderr}`.includes(SECRET), stderr);
  }
  assertStringIncludes(outputs.at(-1)!.stderr, "/missing (");
  const running = await scene.serve(url, ["--workers", "1", "--http", "127.0.0.1:0"]);
  server.fault = () => new Response(SECRET, { status: 403 });
  const client = await scene.connect(running);
  const [status] = await client.ask("GET 4000", 1);
  assertStringIncludes(status!, "Server error");
  await client.send("*1\r\n$4\r\nINFO\r\n");
  assert(!`${status}${running.errors}`.includes(SECRET), status);
  client.close();
});
