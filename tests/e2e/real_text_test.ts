import { assertGreater } from "@std/assert";
import { LineClient } from "../../src/client/mod.ts";
import { assertSameBytes, naiveLines, okReplies } from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";

const TEXT_MAX_BYTES = 5 * 1024 * 1024;
const APT_LISTS = "/var/lib/apt/lists";
const DICTIONARIES = "/usr/share/dict";
// Reads package lists, however they are compressed.
const APT_HELPER = "/usr/lib/apt/apt-helper";

function filesIn(directory: string, name: RegExp): string[] {
  try {
    return [...Deno.readDirSync(directory)]
      .filter((entry) => name.test(entry.name))
      .map((entry) => `${directory}/${entry.name}`)
      .filter((path) => Deno.statSync(path).isFile);
  } catch {
    return [];
  }
}

function isThere(path: string): boolean {
  return filesIn(path.slice(0, path.lastIndexOf("/")), /^apt-helper$/).includes(path);
}

interface RealText {
  readonly path: string;
  readonly isPacked: boolean;
}

function findText(): RealText | undefined {
  const plain = [...filesIn(APT_LISTS, /_Packages$/), ...filesIn(DICTIONARIES, /./)];
  const packed = isThere(APT_HELPER) ? filesIn(APT_LISTS, /_Packages\.(lz4|gz|xz|zst|bz2)$/) : [];
  const found = [
    ...plain.map((path) => ({ path, isPacked: false })),
    ...packed.map((path) => ({ path, isPacked: true })),
  ];
  return found.sort((a, b) => Deno.statSync(b.path).size - Deno.statSync(a.path).size)[0];
}

async function readStart({ path, isPacked }: RealText): Promise<Uint8Array> {
  if (!isPacked) return (await Deno.readFile(path)).subarray(0, TEXT_MAX_BYTES);
  const args = ["cat-file", path];
  await using child = new Deno.Command(APT_HELPER, { args, stdout: "piped", stderr: "null" })
    .spawn();
  const start = new Uint8Array(TEXT_MAX_BYTES);
  let got = 0;
  for await (const chunk of child.stdout) {
    const taken = chunk.subarray(0, TEXT_MAX_BYTES - got);
    start.set(taken, got);
    got += taken.length;
    if (got === TEXT_MAX_BYTES) break;
  }
  return start.subarray(0, got);
}

const found = findText();
const which = found === undefined
  ? " (ignored: this machine has no package list and no dictionary)"
  : `: ${found.path}`;

sceneTest(`every line of a real file is served${which}`, async (scene) => {
  const text = await readStart(found!);
  const lines = naiveLines(text);
  assertGreater(lines.length, 1_000);
  const server = await scene.serve(await scene.file(text), ["--cache", "256KiB"]);
  await using client = await LineClient.connect({ port: server.port });
  const got = await Array.fromAsync(client.getAll(lines.map((_, i) => i + 1)));
  assertSameBytes(okReplies(got.map((line) => line!)), okReplies(lines));
}, { ignore: found === undefined });
