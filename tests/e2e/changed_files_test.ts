import { assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { asText, numberedLines } from "../support/e2e_bytes.ts";
import type { Client } from "../support/e2e_client.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

/** Asks until the server has noticed; what comes before that must be what the line was. */
async function firstErrorTo(client: Client, command: string, was: string): Promise<string> {
  for (;;) {
    const [status] = await client.ask(command, 1);
    if (status !== "OK") return status!;
    assertEquals(await client.readLine(), was);
  }
}

async function assertGoesOn(client: Client): Promise<void> {
  assertEquals(await client.ask("GET 0", 1), ["ERR"]);
  assertEquals(await client.ask("FOO", 1), ["INVALID COMMAND!"]);
}

const THOUSAND = numberedLines(1_000);

sceneTest(
  "a text that was truncated is a server error, and the connection goes on",
  async (scene) => {
    const path = await scene.file(THOUSAND);
    const server = await scene.serve(path);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 900", 2), ["OK", "line 900"]);
    await Deno.truncate(path, 100);
    assertMatch(await firstErrorTo(client, "GET 900", ""), /^Server error: .*text\.txt/);
    await assertGoesOn(client);
    const other = await scene.connect(server);
    // As long as the text was looked at just before, reading it fails in another way.
    let error = "";
    while (!error.startsWith("Server error: Text changed: ")) {
      error = await firstErrorTo(other, "GET 1", "line 1");
      assertMatch(error, /^Server error: /);
    }
    await other.ask("SHUTDOWN", 0);
    await server.ended();
    const told = server.errors.split("\n").filter((line) => line.includes("Text changed: "));
    assertEquals(told.length, 1, server.errors);
  },
);

sceneTest("a text with other content is a server error", async (scene) => {
  const path = await scene.file(THOUSAND);
  const { port } = await scene.listen(path);
  const client = await scene.connect({ port });
  assertEquals(await client.ask("GET 7", 2), ["OK", "line 7"]);
  await Deno.writeTextFile(path, THOUSAND.replaceAll("line", "LINE"));
  const error = await firstErrorTo(client, "GET 1000", "LINE 1000");
  assertMatch(
    error,
    /^Server error: Text changed: .*text\.txt: it was written to or touched; start the server again, and if a line was edited, run "linesvr index --force" before$/,
  );
  await assertGoesOn(client);
  // What it was again does not make it trusted again: nobody knows what happened between.
  await Deno.writeTextFile(path, THOUSAND);
  assertMatch((await client.ask("GET 7", 1))[0]!, /^Server error: /);
});

sceneTest("a text that was replaced by another is a server error", async (scene) => {
  const path = await scene.file(THOUSAND);
  const { port } = await scene.listen(path);
  const client = await scene.connect({ port });
  assertEquals(await client.ask("GET 7", 2), ["OK", "line 7"]);
  await Deno.rename(await scene.file(THOUSAND.replaceAll("line", "Zeile"), "other"), path);
  assertMatch(
    await firstErrorTo(client, "GET 7", "line 7"),
    /^Server error: Text changed: .*: another file is there;/,
  );
  await assertGoesOn(client);
});

sceneTest("a text that grew is a server error", async (scene) => {
  const path = await scene.file(THOUSAND);
  const { port } = await scene.listen(path);
  const client = await scene.connect({ port });
  await Deno.writeTextFile(path, "more\n", { append: true });
  assertMatch(await firstErrorTo(client, "GET 7", "line 7"), /^Server error: Text changed: /);
  await assertGoesOn(client);
});

sceneTest("a text that was removed is a server error until it is back", async (scene) => {
  const path = await scene.file(THOUSAND);
  const { port } = await scene.listen(path);
  const client = await scene.connect({ port });
  await Deno.rename(path, scene.path("away"));
  assertMatch(await firstErrorTo(client, "GET 7", "line 7"), /^Server error: Cannot read text: /);
  await assertGoesOn(client);
  await Deno.rename(scene.path("away"), path);
  assertEquals(await client.ask("GET 7", 2), ["OK", "line 7"]);
});

sceneTest("a text that was touched, or replaced by a copy, is served on", async (scene) => {
  const path = await scene.file(THOUSAND);
  const { port } = await scene.listen(path);
  const client = await scene.connect({ port });
  await Deno.utime(path, new Date(1_000), new Date(1_000));
  for (let i = 1; i <= 1_000; i++) {
    assertEquals(await client.ask(`GET ${i}`, 2), ["OK", `line ${i}`]);
  }
  await Deno.rename(await scene.file(THOUSAND, "copy"), path);
  for (let i = 1; i <= 1_000; i++) {
    assertEquals(await client.ask(`GET ${i}`, 2), ["OK", `line ${i}`]);
  }
});

sceneTest("a long line whose text changes while it is sent is never made up", async (scene) => {
  const path = await scene.file(new Uint8Array(32 * 1024 * 1024).fill(0x61));
  const { port, messages } = await scene.listen(path);
  const client = await scene.connect({ port });
  await client.send("GET 1\nQUIT\n");
  assertEquals(asText(await client.readBytes(4)), "OK\na");
  await Deno.truncate(path, 1024);
  // What was promised cannot be kept: the connection ends without the reply's end.
  const rest = await client.readAll();
  assertEquals(rest.findIndex((byte) => byte !== 0x61), -1);
  assertMatch(messages.join("\n"), /^Closed a connection: Text [^\n]*text\.txt[^\n]*$/);
});

sceneTest(
  "a damaged page of the index is a server error, other pages are served",
  async (scene) => {
    const path = await scene.file(THOUSAND);
    assertEquals((await scene.run("index", path, "--lines-per-page", "10")).code, 0);
    const server = await scene.serve(path);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 1", 2), ["OK", "line 1"]);

    // Pages 40 to 59 and more around are overwritten; page 0 is in memory, the last at the end.
    const index = await Deno.readFile(`${path}.lineidx`);
    const middle = Math.floor(index.length / 2);
    const damaged = index.slice();
    for (let at = middle - 300; at < middle + 300; at++) damaged[at]! ^= 0xff;
    await Deno.writeFile(`${path}.lineidx`, damaged);

    assertMatch((await client.ask("GET 500", 1))[0]!, /^Server error: Index damaged: .*lineidx/);
    assertEquals(await client.ask("GET 1", 2), ["OK", "line 1"]);
    assertEquals(await client.ask("GET 1000", 2), ["OK", "line 1000"]);
    await client.send("GET 2\nGET 500\nGET 999\n");
    assertEquals(await client.readLine() + await client.readLine(), "OKline 2");
    assertMatch(await client.readLine(), /^Server error: /);
    assertEquals(await client.readLine() + await client.readLine(), "OKline 999");

    // A page that could not be loaded is tried anew.
    await Deno.writeFile(`${path}.lineidx`, index);
    assertEquals(await client.ask("GET 500", 2), ["OK", "line 500"]);
  },
);

/** Flips every byte behind the header, one at a time, and counts for each the pages that are refused. */
async function refusedPages(scene: Scene, text: string): Promise<number[]> {
  const path = await scene.file(text);
  const lines = text.split("\n");
  const { port } = await scene.listen(path, { linesPerPage: 5, cacheBytes: 0 });
  const index = await Deno.readFile(`${path}.lineidx`);
  const client = await scene.connect({ port });
  const refused: number[] = [];
  for (let at = 128; at < index.length; at++) {
    const damaged = index.slice();
    damaged[at]! ^= 1 << at % 8;
    await Deno.writeFile(`${path}.lineidx`, damaged);
    let errors = 0;
    for (let line = 1; line < lines.length; line += 5) {
      const [status] = await client.ask(`GET ${line}`, 1);
      if (status === "OK") assertEquals(await client.readLine(), lines[line - 1]);
      else errors++;
    }
    refused.push(errors);
  }
  return refused;
}

sceneTest("no byte of an index can be flipped so that other lines are sent", async (scene) => {
  // Pages of several widths: what stands behind a narrow one in its slot belongs to no page.
  for (const text of [numberedLines(40), numberedLines(40).replace("line 23", "x".repeat(9_999))]) {
    for (const errors of await refusedPages(scene, text)) assertLessOrEqual(errors, 1);
  }
});

sceneTest("every flipped byte of a page refuses this page, and no other", async (scene) => {
  // Pages of one width fill their slots.
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`.padEnd(10 + i % 5, ".") + "\n");
  for (const [at, errors] of (await refusedPages(scene, lines.join(""))).entries()) {
    assertEquals(errors, 1, `byte ${128 + at}`);
  }
});

sceneTest("an index that was cut off while it is served is a server error", async (scene) => {
  const path = await scene.file(THOUSAND);
  const { port } = await scene.listen(path, { linesPerPage: 10 });
  const client = await scene.connect({ port });
  assertEquals(await client.ask("GET 1", 2), ["OK", "line 1"]);
  await Deno.truncate(`${path}.lineidx`, 1_000);
  assertMatch((await client.ask("GET 1000", 1))[0]!, /^Server error: Index damaged: /);
  assertEquals(await client.ask("GET 2", 2), ["OK", "line 2"]);
});
