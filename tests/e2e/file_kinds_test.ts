import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

const XZ_HEAD = "\xfd7zXZ\0";
const GZIP_HEAD = "\x1f\x8b\x08\0\0\0\0\0\0\x03";

const COMMANDS: Readonly<Record<string, (path: string) => string[]>> = {
  index: (path) => ["index", path],
  get: (path) => ["get", path, "1"],
  serve: (path) => ["serve", path, "--port", "0"],
  verify: (path) => ["verify", path],
};

for (const [name, command] of Object.entries(COMMANDS)) {
  sceneTest(
    `${name} refuses a file that is compressed with xz, whatever its name`,
    async (scene) => {
      const path = await scene.file(`${XZ_HEAD}\nrest\n`, "log.txt");
      const { code, stderr } = await scene.run(...command(path));
      assertEquals([code, stderr], [
        1,
        `linesvr: Cannot read lines: ${path} (compressed with xz). ` +
        `Decompress it with "unxz", or use its bytes as they are with --raw.\n`,
      ]);
      assertEquals([...Deno.readDirSync(scene.directory)].length, 1);
    },
  );
}

sceneTest(
  "index, get, verify and serve --raw use the bytes of a compressed file",
  async (scene) => {
    const path = await scene.file(`${GZIP_HEAD}\nrest\n`);
    const outputs: Uint8Array[] = [];
    for (const args of [["index", path], ["verify", path], ["get", path, "2"]]) {
      const { code, stdout, stderr } = await scene.run(...args, "--raw");
      assertEquals(code, 0, stderr);
      outputs.push(stdout);
    }
    assertEquals(new TextDecoder().decode(outputs.at(-1)), "rest\n");
    const server = await scene.serve(path, ["--raw"]);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 2", 2), ["OK", "rest"]);
    client.close();
  },
);

function countWarnings(errors: string, path: string): number {
  return errors.split(`Lines must end with LF: ${path} (its first MiB has CR, but no LF).`).length -
    1;
}

async function serveOldLines(scene: Scene, args: readonly string[]): Promise<number> {
  const path = await scene.file("one\rtwo\r");
  const server = await scene.serve(path, ["--workers", "2", ...args]);
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
  return countWarnings(server.errors, path);
}

sceneTest("serve warns once of a file that has CR and no LF", async (scene) => {
  assertEquals(await serveOldLines(scene, []), 1);
});

sceneTest("serve --quiet does not warn of a file that has CR and no LF", async (scene) => {
  assertEquals(await serveOldLines(scene, ["--quiet"]), 0);
});

sceneTest("get warns of a file that has CR and no LF, and prints its only line", async (scene) => {
  const path = await scene.file("one\rtwo\r");
  const { code, stdout, stderr } = await scene.run("get", path, "1");
  assertEquals(code, 0, stderr);
  assertEquals(new TextDecoder().decode(stdout), "one\rtwo\r\n");
  assertEquals(countWarnings(stderr, path), 1);
  assertStringIncludes(stderr, `Convert it with "tr '\\r' '\\n'"`);
});
