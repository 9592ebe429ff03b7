import { assertEquals, assertRejects } from "@std/assert";
import { InputFile } from "../../../src/cli/commands/input_file.ts";
import { TextError } from "../../../src/source/text_source.ts";
import { joined } from "../../support/compressed_files.ts";
import { latin1 } from "../../support/index_files.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const { signal } = new AbortController();
// More than a chunk, so that something happens between two of them.
const CONTENT = new Uint8Array(1_500_000).fill(0x78);

/** Opens a file, and collects its content; calls a function after the first chunk. */
async function collect(path: string, between: () => void): Promise<Uint8Array> {
  using input = await InputFile.open(path, signal);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.chunks(signal)) {
    if (chunks.length === 0) between();
    chunks.push(chunk.slice());
  }
  return joined(chunks);
}

Deno.test("InputFile.chunks() of a file that grows is what the file had when it was opened", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/f`;
    await Deno.writeFile(path, CONTENT);
    const grow = () => Deno.writeFileSync(path, latin1("more"), { append: true });
    assertEquals((await collect(path, grow)).length, CONTENT.length);
  });
});

Deno.test("InputFile.chunks() rejects if the file is written to or becomes shorter meanwhile", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/f`;
    const changes = [
      () => Deno.utimeSync(path, 1, 1),
      () => Deno.truncateSync(path, CONTENT.length - 1),
      () => Deno.truncateSync(path, 0),
    ];
    for (const change of changes) {
      await Deno.writeFile(path, CONTENT);
      const { message } = await assertRejects(() => collect(path, change), TextError);
      assertEquals(
        message,
        `File changed: ${path} (it was written to while it was read). Try again.`,
      );
    }
  });
});

Deno.test("InputFile.open() rejects for a directory, and for a file that is missing", async () => {
  await inTemporaryDirectory(async (directory) => {
    const isDirectory = await assertRejects(() => InputFile.open(directory, signal), TextError);
    assertEquals(
      isDirectory.message,
      `Cannot read file: ${directory} (is a directory). Choose a file.`,
    );
    const path = `${directory}/missing`;
    await assertRejects(() => InputFile.open(path, signal), TextError, "no such file");
  });
});

Deno.test("InputFile.chunks() rejects with the signal's reason", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/f`;
    await Deno.writeFile(path, CONTENT);
    using input = await InputFile.open(path, signal);
    const reason = new Error("enough");
    const aborted = input.chunks(AbortSignal.abort(reason));
    assertEquals(await assertRejects(() => Array.fromAsync(aborted)), reason);
  });
});
