import { assertEquals } from "@std/assert";
import { sceneTest } from "../support/e2e_scene.ts";
import { ObjectServer } from "../support/remote_server.ts";

sceneTest("index, get and compress name URLs without their secrets", async (scene) => {
  await using server = new ObjectServer();
  const path = await scene.file("1\n2\n");
  assertEquals((await scene.run("index", path, "--quiet")).code, 0);
  server.put("/text", await Deno.readFile(path));
  server.put("/text.lineidx", await Deno.readFile(`${path}.lineidx`));
  const name = server.url("/text");
  const url = `${name.replace("http://", "http://user:pw@")}?token=SECRET`;
  const index = await scene.run("index", url);
  assertEquals(index.stderr, `index is up to date: ${name}.lineidx (2 lines)\n`);
  const get = await scene.run("get", path, url);
  assertEquals(
    get.stderr,
    `linesvr: Not a line number: ${name}. For several files, write @LIST: see "linesvr get --help".\n`,
  );
  const compress = await scene.run("compress", url);
  assertEquals(
    compress.stderr,
    `linesvr: Cannot compress file: ${name} (not a local file). ` +
      'Pipe its content to "linesvr compress - -o FILE.zst".\n',
  );
});

sceneTest(
  "count refuses an index among its files, so that count * can be repeated",
  async (scene) => {
    const path = await scene.file("1\n2\n");
    assertEquals((await scene.run("count", path, "--quiet")).code, 0);
    const { code, stderr } = await scene.run("count", path, `${path}.lineidx`);
    assertEquals([code, stderr], [
      1,
      `linesvr: Cannot read lines: ${path}.lineidx (an index of linesvr). ` +
      "Leave it out, or use its bytes as they are with --raw.\n",
    ]);
  },
);
