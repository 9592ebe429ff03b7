import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { latin1 } from "../support/e2e_bytes.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { hasProgram } from "../support/programs.ts";

/** Makes a compressed file of a file, and returns its path. */
type Compress = (scene: Scene, path: string) => Promise<string>;

const KINDS: Readonly<Record<string, { readonly compress: Compress; readonly program?: string }>> =
  {
    "seekable zstd": {
      compress: async (scene, path) => {
        assertEquals((await scene.run("compress", path)).code, 0);
        return `${path}.zst`;
      },
    },
    "BGZF": { compress: (_, path) => by("bgzip", path), program: "bgzip" },
    "gzip": { compress: (_, path) => by("gzip", path), program: "gzip" },
  };

/** Compresses a file by a program that writes to standard output. */
async function by(program: string, path: string): Promise<string> {
  const { stdout, success } = await new Deno.Command(program, { args: ["-c", path] }).output();
  assert(success);
  await Deno.writeFile(`${path}.gz`, stdout);
  return `${path}.gz`;
}

/** Declares a test for each kind; one that needs a program that is missing is ignored. */
for (const [kind, { compress, program }] of Object.entries(KINDS)) {
  const isMissing = program !== undefined && !await hasProgram(program, ["--version"]);
  const test = (name: string, body: (scene: Scene) => Promise<void>) => {
    if (!isMissing) return sceneTest(`${kind}: ${name}`, body);
    Deno.test({ name: `${kind}: ${name} (ignored: no ${program})`, ignore: true, fn: () => {} });
  };

  test("get prints the same lines as of the file itself, in any order", async (scene) => {
    const path = await scene.file(EDGES);
    const compressed = await compress(scene, path);
    for (const numbers of [["1-"], ["7", "1", "-1", "4-6", "2"], ["-3"]]) {
      const plain = await scene.run("get", path, ...numbers);
      const unpacked = await scene.run("get", compressed, ...numbers);
      assertEquals(unpacked.code, 0, unpacked.stderr);
      assert(sameBytes(unpacked.stdout, plain.stdout), numbers.join(" "));
    }
    const { stdout, code } = await scene.run("count", compressed);
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "9\n"]);
    assertEquals((await scene.run("verify", compressed)).code, 0);
  });

  test("serve answers right with a small and a large cache", async (scene) => {
    const lines = numberedLines(40_000);
    const path = await scene.file(lines.map((line) => `${line}\n`).join(""));
    const compressed = await compress(scene, path);
    for (const cache of ["128K", "64M"]) {
      const server = await scene.serve(compressed, ["--workers", "2", "--cache", cache]);
      const client = await scene.connect(server);
      for (let i = 0; i < 300; i++) {
        const n = 1 + i * 7919 % lines.length;
        assertEquals(await client.ask(`GET ${n}`, 2), ["OK", lines[n - 1]!]);
      }
      const range = await client.ask("RANGE 20000 20999", 1001);
      assertEquals(range, ["OK 1000", ...lines.slice(19_999, 20_999)]);
      assertEquals(await client.ask("GET 40001", 1), ["ERR"]);
      client.close();
      server.kill("SIGTERM");
      assertEquals((await server.ended()).code, 0, server.errors);
    }
  });

  test("the second start uses the index, and a changed file gets another one", async (scene) => {
    const path = await scene.file("one\ntwo\n");
    const compressed = await compress(scene, path);
    await scene.run("index", compressed);
    const { stderr } = await scene.run("index", compressed);
    assertStringIncludes(stderr, "index is up to date");
    const other = await compress(scene, await scene.file("three\n", "other.txt"));
    await Deno.copyFile(other, compressed);
    const { stdout } = await scene.run("get", compressed, "1-");
    assertEquals(new TextDecoder().decode(stdout), "three\n");
  });

  test("a file that is cut off is an error, and leaves no index", async (scene) => {
    const lines = numberedLines(3_000);
    const path = await scene.file(lines.map((line) => `${line}\n`).join(""));
    const compressed = await compress(scene, path);
    const { size } = await Deno.stat(compressed);
    await Deno.truncate(compressed, size - 40);
    const indexPath = scene.path("index");
    const { code, stderr } = await scene.run("index", compressed, "--index", indexPath);
    assertEquals([code, stderr.trim().split("\n").length], [1, 2], stderr);
    assertEquals(await exists(indexPath), false);
  });

  test("a file whose first byte is damaged is an error, not a text", async (scene) => {
    const path = await scene.file("one\ntwo\n");
    const compressed = await compress(scene, path);
    await scene.run("index", compressed);
    const { mtime } = await Deno.stat(compressed);
    const bytes = await Deno.readFile(compressed);
    await Deno.writeFile(compressed, bytes.with(0, 0x55));
    await Deno.utime(compressed, mtime!, mtime!);
    const { code, stdout, stderr } = await scene.run("get", compressed, "1");
    assertEquals([code, stdout.length], [1, 0]);
    assertStringIncludes(stderr, `File damaged: ${compressed}`);
    assertEquals((await scene.run("get", compressed, "1", "--raw")).code, 0);
  });

  test("serve reports only the lines of a damaged block, and returns the others", async (scene) => {
    // So large that it is not hashed whole.
    const path = await scene.file(randomLines());
    const lines = new TextDecoder().decode(await Deno.readFile(path)).split("\n");
    const compressed = await compress(scene, path);
    await scene.run("index", compressed);
    await damage(compressed);
    const server = await scene.serve(compressed, ["--workers", "1"]);
    const client = await scene.connect(server);
    let failures = 0;
    for (let n = 1; n < lines.length; n += 97) {
      const [status] = await client.ask(`GET ${n}`, 1);
      if (status === "OK") assertEquals(await client.readLine(), lines[n - 1]!);
      else {
        assertStringIncludes(status!, "Server error: File damaged");
        failures++;
      }
    }
    assert(failures > 0 && failures < 120, `${failures} failures`);
    client.close();
  });
}

const LONG_LINE = "long ".repeat(80_000);

/** Empty lines, CRLF, a lone CR, NUL, bytes that are not UTF-8, a long line, no final LF. */
const EDGES = latin1(
  `first\n\n\r\ncr\rcr\r\n\0nul\n\xff\xfe\n${LONG_LINE}\nafter\nlast without LF`,
);

function numberedLines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i + 1} ${(i * 2654435761) % 2 ** 32}`);
}

/** 12 MB of lines that hardly compress. */
function randomLines(): Uint8Array {
  const bytes = new Uint8Array(12_000_000);
  let state = 12345;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = i % 200 === 199 ? 10 : 48 + (state >>> 16) % 64;
  }
  return bytes;
}

/** Changes bytes in the middle of a file, but not its time, and not what is hashed of it. */
async function damage(path: string): Promise<void> {
  const { mtime, size } = await Deno.stat(path);
  using file = await Deno.open(path, { read: true, write: true });
  // Between two samples: 64 of 4 KiB each.
  const at = Math.floor(size * 31.5 / 63);
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(new Uint8Array(20).fill(0xa5));
  await file.utime(mtime!, mtime!);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

sceneTest("index of one zstd frame is an error that names the way out", async (scene) => {
  const path = await scene.file("one\ntwo\n");
  const { default: zlib } = await import("node:zlib");
  const plain = await scene.file(zlib.zstdCompressSync(await Deno.readFile(path)), "plain.zst");
  const { code, stderr } = await scene.run("index", plain);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "linesvr compress -");
});
