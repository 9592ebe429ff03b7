import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProgram, ServerProcess } from "../support/e2e_process.ts";
import { asText } from "../support/e2e_bytes.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

/** Writes files, and returns their paths. */
function write(scene: Scene, contents: Readonly<Record<string, string>>): string[] {
  return Object.entries(contents).map(([name, content]) => {
    const path = `${scene.directory}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, content);
    // Long ago, so that nothing waits until the time has settled.
    Deno.utimeSync(path, 1_000_000_000.5, 1_000_000_000.5);
    return path;
  });
}

const PARTS = { "part-0": "one\ntwo", "part-1": "", "part-2": "three\r\nfour\n" };

sceneTest("linesvr serve of several files serves them as one, by each protocol", async (scene) => {
  const [first, ...others] = write(scene, PARTS);
  await using server = await ServerProcess.start(first!, [...others, "--http", "0"]);
  assertEquals(
    asText(await scene.exchange(server, "GET 1\nGET 2\nGET 3\nGET 5\nRANGE 1 4\nCOUNT\n")),
    "OK\none\nOK\ntwo\nOK\nthree\nERR\nOK 4\none\ntwo\nthree\nfour\nOK\n4\n",
  );
  const redis = asText(await scene.exchange(server, "*1\r\n$4\r\nINFO\r\n"));
  assertMatch(redis, /\r\nfiles:3\r\n/);
  assertMatch(redis, /\r\nfile2:first_line=3,lines=2,bytes=12,name=part-2\r\n/);
  const lrange = "*4\r\n$6\r\nLRANGE\r\n$5\r\nlines\r\n$1\r\n1\r\n$1\r\n2\r\n";
  assertEquals(
    asText(await scene.exchange(server, lrange)),
    "*2\r\n$3\r\ntwo\r\n$5\r\nthree\r\n",
  );
  const http = await server.httpAddress();
  const get = async (path: string) => {
    const response = await fetch(`${http}${path}`);
    return { status: response.status, text: await response.text() };
  };
  assertEquals((await get("/lines/1-4")).text, "one\ntwo\nthree\nfour\n");
  assertEquals(JSON.parse((await get("/lines/4?where")).text), {
    line: 4,
    file: "part-2",
    fileNumber: 3,
    lineInFile: 2,
  });
  assertEquals((await get("/lines/5?where")).status, 404);
  for (const bad of ["/lines/1-2?where", "/lines/1?where&format=json", "/lines?n=1&where"]) {
    assertEquals((await get(bad)).status, 400, bad);
  }
  const info = JSON.parse((await get("/info")).text);
  assertEquals([info.name, info.fileCount, info.files[2].firstLine], [
    "part-0 … (3 files)",
    3,
    3,
  ]);
});

sceneTest(
  "linesvr serve: a file that changes or vanishes fails its own lines, and no others",
  async (scene) => {
    const [first, ...others] = write(scene, { "part-0": "1\n", "part-1": "2\n", "part-2": "3\n" });
    await using server = await ServerProcess.start(first!, [...others, "--http", "0"]);
    assertEquals(asText(await scene.exchange(server, "MGET 1 2 3\n")), "OK\n1\nOK\n2\nOK\n3\n");
    await Deno.writeTextFile(first!, "x\n");
    await Deno.remove(others[0]!);
    for (;;) {
      const reply = asText(await scene.exchange(server, "GET 1\nGET 2\nGET 3\n"));
      if (reply.includes("OK\n1\n") || reply.includes("OK\n2\n")) continue;
      assertMatch(reply, /^Server error: File changed: .*\nServer error: Cannot read .*\nOK\n3\n$/);
      break;
    }
    const http = await server.httpAddress();
    const statusOf = async (path: string) => {
      const response = await fetch(`${http}${path}`);
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(
      await Promise.all(
        ["/lines/1", "/lines/2", "/lines/3", "/lines/1-3", "/readyz"].map(statusOf),
      ),
      [503, 503, 200, 503, 200],
    );
  },
);

sceneTest(
  "linesvr serve --on-change exit ends after a change of any of several files",
  async (scene) => {
    const [first, second] = write(scene, { "part-0": "1\n", "part-1": "2\n" });
    await using server = await ServerProcess.start(first!, [second!, "--on-change", "exit"]);
    await Deno.writeTextFile(second!, "x\n");
    assertEquals((await server.ended()).code, 1);
    assert(server.errors.includes("part-1"), server.errors);
  },
);

sceneTest("linesvr takes the files of @LIST, relative to the list", async (scene) => {
  write(scene, {
    "data/a": "1\n2",
    "data/@b": "3\n",
    "data/list.txt": "# shards\r\n\r\na\r\n./@b\na\n",
    "data/nested.txt": "@list.txt\n",
    "data/empty.txt": "# nothing\n",
  });
  const list = `@${scene.directory}/data/list.txt`;
  const get = await runProgram(["get", list, "1-", "--quiet"]);
  assertEquals([get.code, asText(get.stdout)], [0, "1\n2\n3\n1\n2\n"]);
  assertEquals(asText((await runProgram(["count", list, list])).stdout), "10\n");
  assertEquals((await runProgram(["verify", list])).code, 0);
  for (const [name, cause] of [["nested", "List in a list"], ["empty", "No file in list"]]) {
    const { code, stderr } = await runProgram(["count", `@${scene.directory}/data/${name}.txt`]);
    assertEquals([code, stderr.includes(cause!)], [2, true], stderr);
  }
  const missing = await runProgram(["count", `@${scene.directory}/nowhere`]);
  assertEquals([missing.code, missing.stderr.includes("Cannot read list")], [1, true]);
});

sceneTest(
  "linesvr index of several files puts indexes into the directory of --index",
  async (scene) => {
    const paths = write(scene, { "x/a": "1\n", "x/b": "2\n", "y/a": "3\n" });
    const indexes = `${scene.directory}/indexes`;
    const missing = await runProgram(["index", ...paths.slice(0, 2), "--index", indexes]);
    assertEquals([missing.code, missing.stderr.includes("Not a directory")], [2, true]);
    await Deno.mkdir(indexes);
    const done = await runProgram(["index", ...paths.slice(0, 2), "--index", indexes]);
    assertEquals(done.code, 0, done.stderr);
    assertMatch(done.stderr, /indexed 2 of 2 files: 2 lines/);
    assertEquals([...Deno.readDirSync(indexes)].map(({ name }) => name).sort(), [
      "a.lineidx",
      "b.lineidx",
    ]);
    assertMatch(
      (await runProgram(["index", ...paths.slice(0, 2), "--index", indexes])).stderr,
      /indexes of 2 files are up to date \(2 lines\)/,
    );
    const twice = await runProgram(["index", ...paths, "--index", indexes]);
    assertEquals([twice.code, twice.stderr.includes("Two files with one name")], [2, true]);
  },
);

sceneTest(
  "linesvr index of several files stops at a failure, and leaves no unfinished index",
  async (scene) => {
    const paths = write(scene, { a: "1\n", b: "2\n", "c.lineidx": "foreign", c: "3\n" });
    const files = [paths[0]!, paths[3]!, paths[1]!];
    const { code, stderr } = await runProgram(["index", ...files]);
    assertEquals([code, stderr.includes("Not an index")], [1, true], stderr);
    const names = [...Deno.readDirSync(scene.directory)].map(({ name }) => name);
    assertEquals(names.filter((name) => name.includes(".lineidx.")), []);
  },
);
