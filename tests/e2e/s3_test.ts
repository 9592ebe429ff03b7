/**
 * Needs a real S3 store: `deno task test:s3`.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { remoteIndexLocation } from "../../src/source/remote/remote_location.ts";
import { readHead } from "../../src/source/remote/read_head.ts";
import { Scene } from "../support/e2e_scene.ts";
import { type S3Folder, testS3 } from "../support/s3_bucket.ts";

/** Lines of about 100 bytes: several blocks of a remote file. */
function linesOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i + 1} ${"x".repeat(80 + i % 17)}`);
}

function contentOf(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}

function sceneTestS3(
  name: string,
  body: (folder: S3Folder, scene: Scene) => Promise<void>,
): void {
  testS3(name, async (folder) => {
    await using scene = await Scene.open();
    await body(folder, scene);
  });
}

async function print(scene: Scene, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.run(...args);
  assertEquals(code, 0, stderr);
  return new TextDecoder().decode(stdout);
}

sceneTestS3(
  "index s3:// writes the index next to the object, and all commands use it",
  async (folder, scene) => {
    const lines = linesOf("line", 3_000);
    const location = await folder.put("data.jsonl", contentOf(lines));
    folder.location("data.jsonl.lineidx");
    assertStringIncludes((await scene.run("index", location)).stderr, "indexed 3,000 lines");
    assertEquals((await readHead(remoteIndexLocation(location), 8))?.length, 8);
    assertStringIncludes((await scene.run("index", location)).stderr, "index is up to date");
    assertEquals(await print(scene, "count", location), "3000\n");
    assertEquals(await print(scene, "get", location, "1", "-1"), `${lines[0]}\n${lines.at(-1)}\n`);
    assertStringIncludes((await scene.run("verify", location)).stderr, "no differences");
  },
);

sceneTestS3(
  "serve s3:// of several objects, plain and compressed, answers right",
  async (folder, scene) => {
    const lines = [linesOf("a", 2_000), linesOf("b", 2_000), linesOf("c", 2_000)];
    await folder.put("part-0.jsonl", contentOf(lines[0]!));
    const plain = await scene.file(contentOf(lines[1]!), "part-1.jsonl");
    await scene.run("compress", plain);
    await folder.put("part-1.jsonl.zst", await Deno.readFile(`${plain}.zst`));
    await folder.put("part-2.jsonl", contentOf(lines[2]!));
    for (const key of ["part-0.jsonl", "part-1.jsonl.zst", "part-2.jsonl"]) {
      folder.location(`${key}.lineidx`);
    }
    const server = await scene.serve(folder.location("part-*"), ["--workers", "2"]);
    const client = await scene.connect(server);
    const all = lines.flat();
    for (let n = 1; n <= all.length; n += 61) {
      assertEquals(await client.ask(`GET ${n}`, 2), ["OK", all[n - 1]!]);
    }
    const range = await client.ask("RANGE 1990 4010", 2_022);
    assertEquals(range, ["OK 2021", ...all.slice(1_989, 4_010)]);
    client.close();
  },
);

sceneTestS3(
  "serve s3:// never returns bytes of an object that replaced another",
  async (folder, scene) => {
    const lines = linesOf("old", 5_000);
    const location = await folder.put("data", contentOf(lines));
    folder.location("data.lineidx");
    const server = await scene.serve(location, ["--workers", "1"]);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 1", 2), ["OK", lines[0]!]);
    await folder.put("data", contentOf(linesOf("new", 5_000)));
    const [status] = await client.ask("GET 4000", 1);
    assertStringIncludes(status!, `Server error: File changed: ${location}`);
    client.close();
  },
);
