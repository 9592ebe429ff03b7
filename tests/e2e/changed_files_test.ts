import { assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { CHECK_EVERY_MS } from "../../src/cli/commands/watch_text.ts";
import { asText, latin1, numberedLines } from "../support/e2e_bytes.ts";
import type { Client } from "../support/e2e_client.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { until } from "../support/text_threads.ts";

/** Asks until there is an error; every line before it must be `was`. */
async function firstErrorTo(client: Client, command: string, was: string): Promise<string> {
  for (;;) {
    const [status] = await client.ask(command, 1);
    if (status !== "OK") return status!;
    assertEquals(await client.readLine(), was);
  }
}

async function assertGoesOn(client: Client): Promise<void> {
  assertEquals(await client.ask("FOO", 1), ["INVALID COMMAND!"]);
}

const THOUSAND = numberedLines(1_000);
const CHANGED = /^Server error: File changed: [^\n]*text\.txt \([^\n]+\)\. Start linesvr again\.$/;

/** Asserts that every GET is an error, also when the server has looked at the file again. */
async function assertChangedForEver(client: Client): Promise<void> {
  for (const lineNumber of [1, 7, 500, 1_000, 0, 1_001]) {
    assertMatch((await client.ask(`GET ${lineNumber}`, 1))[0]!, CHANGED);
  }
  await assertGoesOn(client);
}

interface Change {
  readonly what: string;
  /** What the error says has happened. */
  readonly reason: RegExp;
  readonly change: (path: string, scene: Scene) => Promise<void>;
  /** What line 7 may be until the server notices. */
  readonly was?: string;
}

const CHANGES: readonly Change[] = [
  {
    what: "was written to",
    reason: /it was written to/,
    was: "LINE 7",
    change: (path) => Deno.writeTextFile(path, THOUSAND.replaceAll("line", "LINE")),
  },
  {
    what: "was written to with the same bytes",
    reason: /it was written to/,
    change: (path) => Deno.writeTextFile(path, THOUSAND),
  },
  {
    what: "was touched",
    reason: /it was written to/,
    change: (path) => Deno.utime(path, new Date(1_000), new Date(1_000)),
  },
  {
    what: "was replaced by another file",
    reason: /another file is at its path/,
    change: async (path, scene) =>
      Deno.rename(await scene.file(THOUSAND.replaceAll("line", "Zeile"), "other"), path),
  },
  {
    what: "was replaced by a copy with its modification time",
    reason: /another file is at its path/,
    change: async (path, scene) => {
      const { atime, mtime } = await Deno.stat(path);
      const copy = await scene.file(THOUSAND, "copy");
      await Deno.utime(copy, atime!, mtime!);
      await Deno.rename(copy, path);
    },
  },
];

for (const { what, reason, change, was = "line 7" } of CHANGES) {
  sceneTest(`GET of a file that ${what} is a server error for ever`, async (scene) => {
    const path = await scene.file(THOUSAND);
    const { atime, mtime } = await Deno.stat(path);
    const { port, messages } = await scene.listen(path);
    const client = await scene.connect({ port });
    assertEquals(await client.ask("GET 7", 2), ["OK", "line 7"]);
    // Noticed by a client that asks, although the line may be cached.
    await change(path, scene);
    const error = await firstErrorTo(client, "GET 7", was);
    assertMatch(error, reason);
    assertMatch(error, CHANGED);
    await assertChangedForEver(client);
    // Its old state does not make it trusted again: nobody knows what happened in between.
    await Deno.writeTextFile(path, THOUSAND);
    await Deno.utime(path, atime!, mtime!);
    await assertChangedForEver(client);
    await assertChangedForEver(await scene.connect({ port }));
    const logged = messages.filter((message) => reason.test(message));
    assertEquals(logged.length, 1, messages.join("\n"));
  });
}

sceneTest("GET of a file that was truncated is a server error, and is logged", async (scene) => {
  const path = await scene.file(THOUSAND);
  const server = await scene.serve(path);
  const client = await scene.connect(server);
  assertEquals(await client.ask("GET 900", 2), ["OK", "line 900"]);
  await Deno.truncate(path, 100);
  assertMatch(await firstErrorTo(client, "GET 900", "line 900"), CHANGED);
  await assertGoesOn(client);
  const other = await scene.connect(server);
  // Until the file is checked again, only reading fails, and GET 0 reads nothing.
  while ((await other.ask("GET 0", 1))[0] === "ERR");
  await assertChangedForEver(other);
  await other.close();
  const ender = await scene.connect(server);
  await ender.send("SHUTDOWN\n");
  assertEquals((await server.ended()).code, 0);
  const logged = server.errors.split("\n").filter((line) => line.includes("it has 100 bytes"));
  assertEquals(logged.length, 1, server.errors);
});

sceneTest(
  "GET of a file that was moved away is a server error until it is moved back",
  async (scene) => {
    const path = await scene.file(THOUSAND);
    const { port, messages } = await scene.listen(path);
    const client = await scene.connect({ port });
    for (let i = 0; i < 3; i++) {
      await Deno.rename(path, scene.path("away"));
      assertMatch(
        await firstErrorTo(client, "GET 7", "line 7"),
        /^Server error: Cannot read file: .*text\.txt \(no such file or directory\)\. Check/,
      );
      await assertGoesOn(client);
      await Deno.rename(scene.path("away"), path);
      assertEquals(await client.ask("GET 7", 2), ["OK", "line 7"]);
    }
    assertEquals(messages.length, 1, messages.join("\n"));
  },
);

sceneTest(
  "a long line whose file changes while it is sent is cut off, with no wrong byte",
  async (scene) => {
    const path = await scene.file(new Uint8Array(32 * 1024 * 1024).fill(0x61));
    const { port, messages } = await scene.listen(path);
    const client = await scene.connect({ port });
    await client.send("GET 1\nQUIT\n");
    assertEquals(asText(await client.readBytes(4)), "OK\na");
    await Deno.truncate(path, 1024);
    // The reply cannot be completed: the connection ends without the end of the reply.
    const rest = await client.readAll();
    assertEquals(rest.findIndex((byte) => byte !== 0x61), -1);
    assertMatch(
      messages.join("\n"),
      /^Closed a connection: File changed: [^\n]*text\.txt[^\n]*\. Start linesvr again\.$/,
    );
  },
);

sceneTest(
  "GET of a line whose index page is damaged is a server error, others are served",
  async (scene) => {
    const path = await scene.file(THOUSAND);
    assertEquals((await scene.run("index", path, "--lines-per-page", "10")).code, 0);
    const server = await scene.serve(path);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 1", 2), ["OK", "line 1"]);

    // Pages 40 to 59 and more are overwritten. Page 0 is cached, the last one is at the end.
    const index = await Deno.readFile(`${path}.lineidx`);
    const middle = Math.floor(index.length / 2);
    const damaged = index.slice();
    for (let at = middle - 300; at < middle + 300; at++) damaged[at]! ^= 0xff;
    await Deno.writeFile(`${path}.lineidx`, damaged);

    assertMatch(
      (await client.ask("GET 500", 1))[0]!,
      /^Server error: Index damaged: .*lineidx \(page 49 fails its checksum\)\. Rebuild it with /,
    );
    assertEquals(await client.ask("GET 1", 2), ["OK", "line 1"]);
    assertEquals(await client.ask("GET 1000", 2), ["OK", "line 1000"]);
    await client.send("GET 2\nGET 500\nGET 999\n");
    assertEquals(await client.readLine() + await client.readLine(), "OKline 2");
    assertMatch(await client.readLine(), /^Server error: /);
    assertEquals(await client.readLine() + await client.readLine(), "OKline 999");

    // A page that could not be read is tried again.
    await Deno.writeFile(`${path}.lineidx`, index);
    assertEquals(await client.ask("GET 500", 2), ["OK", "line 500"]);
  },
);

/** Flips every byte after the header, one at a time, and counts the pages that are refused for each. */
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

sceneTest("no flipped byte of an index makes the server send another line", async (scene) => {
  // Pages of several widths: what comes after a narrow one in its slot belongs to no page.
  for (const text of [numberedLines(40), numberedLines(40).replace("line 23", "x".repeat(9_999))]) {
    for (const errors of await refusedPages(scene, text)) assertLessOrEqual(errors, 1);
  }
});

sceneTest(
  "every flipped byte of a page makes the server refuse this page, and no other",
  async (scene) => {
    // Pages of one width fill their slots.
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`.padEnd(10 + i % 5, ".") + "\n");
    for (const [at, errors] of (await refusedPages(scene, lines.join(""))).entries()) {
      assertEquals(errors, 1, `byte ${128 + at}`);
    }
  },
);

sceneTest("GET is a server error if the index is truncated while it is served", async (scene) => {
  const path = await scene.file(THOUSAND);
  const { port } = await scene.listen(path, { linesPerPage: 10 });
  const client = await scene.connect({ port });
  assertEquals(await client.ask("GET 1", 2), ["OK", "line 1"]);
  await Deno.truncate(`${path}.lineidx`, 1_000);
  assertMatch((await client.ask("GET 1000", 1))[0]!, /^Server error: Index damaged: /);
  assertEquals(await client.ask("GET 2", 2), ["OK", "line 2"]);
});

sceneTest("serve logs one line for an error, even if the file's name has two", async (scene) => {
  const path = await scene.file(THOUSAND, "two\nlines.txt");
  const server = await scene.serve(path, ["--quiet"]);
  const client = await scene.connect(server);
  assertEquals(await client.ask("GET 1", 2), ["OK", "line 1"]);
  await Deno.rename(path, scene.path("away"));
  assertMatch(
    await firstErrorTo(client, "GET 1", "line 1"),
    /^Server error: Cannot read file: .*two\?lines\.txt \(no such file or directory\)\./,
  );
  server.kill("SIGTERM");
  await server.ended();
  assertMatch(server.errors, /^Cannot read file: [^\n]*two\?lines\.txt [^\n]*\n$/);
});

for (const workers of ["1", "2"]) {
  sceneTest(
    `serve --workers ${workers} --on-change exit ends with code 1 after pending replies, without a request`,
    async (scene) => {
      const path = await scene.file(numberedLines(400, 60_000));
      const args = ["--workers", workers, "--on-change", "exit", "--quiet"];
      const server = await scene.serve(path, args);
      const client = await scene.connect(server);
      await client.send("GET 1\n");
      assertEquals(await client.readBytes(3), latin1("OK\n"));

      await Deno.rename(await scene.file("another\n", "new.txt"), path);
      // Nobody sends a command any more.
      assertEquals((await client.readAll()).length, 60_000 + 1);
      client.close();
      assertEquals((await server.ended()).code, 1);
      const reason = `File changed: ${path} (another file is at its path)`;
      assertEquals(server.errors, `linesvr: ${reason}. Start linesvr again.\n`);
    },
  );
}

sceneTest(
  "serve --on-change exit goes on after its file was missing for a moment",
  async (scene) => {
    const path = await scene.file(THOUSAND);
    const server = await scene.serve(path, ["--on-change", "exit", "--workers", "1"]);
    const client = await scene.connect(server);
    await Deno.rename(path, scene.path("away"));
    await firstErrorTo(client, "GET 7", "line 7");
    await Deno.rename(scene.path("away"), path);
    // Longer than two checks of the file.
    const endMs = performance.now() + 2.5 * CHECK_EVERY_MS;
    await until(() => performance.now() > endMs);
    assertEquals(await client.ask("GET 7", 2), ["OK", THOUSAND.split("\n")[6]!]);
  },
);
