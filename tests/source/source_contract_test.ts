import { LocalText, type LocalTextOptions } from "../../src/source/local/local_text.ts";
import { DiskSpeed } from "../../src/source/local/read_cost.ts";
import { TextError } from "../../src/source/text_source.ts";
import { placesIn } from "../support/index_files.ts";
import { type OpenedSource, testTextSource } from "../support/source_contract.ts";
import { MemoryText, type MemoryTextOptions } from "../support/text_memory.ts";

async function openLocal(
  content: Uint8Array<ArrayBuffer>,
  options: LocalTextOptions,
): Promise<OpenedSource> {
  const directory = await Deno.makeTempDir({ prefix: "linesvr_source_" });
  const { textPath } = placesIn(directory);
  await Deno.writeFile(textPath, content);
  // A time that any change differs from, however coarse the clock of the file system is.
  await Deno.utime(textPath, 1000, 1000);
  const source = LocalText.openSync(textPath, options);
  const other = content.toReversed();
  return {
    source,
    changes: {
      "written to": () => Deno.writeFile(textPath, other),
      "touched": () => Deno.utime(textPath, 2000, 2000),
      "cut off": () => Deno.truncate(textPath, content.length - 1),
      "emptied": () => Deno.truncate(textPath),
      "replaced": async () => {
        await Deno.writeFile(`${textPath}.new`, other);
        await Deno.utime(`${textPath}.new`, 1000, 1000);
        await Deno.rename(`${textPath}.new`, textPath);
      },
      "removed": () => Deno.remove(textPath),
      "replaced by a directory": async () => {
        await Deno.remove(textPath);
        await Deno.mkdir(textPath);
      },
    },
    async [Symbol.asyncDispose]() {
      source.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function openMemory(
  content: Uint8Array<ArrayBuffer>,
  options: MemoryTextOptions,
): Promise<OpenedSource> {
  const source = new MemoryText(content, options);
  return Promise.resolve({
    source,
    changes: {
      "changed": () => void (source.change = new TextError("File changed: memory.")),
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  });
}

/** A disk whose reads are awaited at first, and made at once after enough quick ones. */
function slowDisk(): DiskSpeed {
  const disk = new DiskSpeed();
  disk.setSlow(performance.now());
  return disk;
}

testTextSource("LocalText", (content) => openLocal(content, {}));
testTextSource("LocalText on a slow disk", (content) => openLocal(content, { disk: slowDisk() }));
testTextSource("LocalText that may block", (content) => openLocal(content, { mayBlock: true }));
testTextSource("MemoryText", (content) => openMemory(content, {}));
testTextSource(
  "MemoryText that blocks",
  (content) => openMemory(content, { blocks: (offset) => offset % 3 !== 0 }),
);
