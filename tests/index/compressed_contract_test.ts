import zlib from "node:zlib";
import { buildIndex } from "../../src/index/build/build_index.ts";
import { openIndex } from "../../src/index/index_reader.ts";
import type { CodecName } from "../../src/source/compressed/codec.ts";
import { codecOf } from "../../src/source/compressed/codecs.ts";
import { CompressedText } from "../../src/source/compressed/compressed_text.ts";
import { LocalText } from "../../src/source/local/local_text.ts";
import { bgzf } from "../support/compressed.ts";
import { compressed } from "../support/compressed_files.ts";
import { placesIn } from "../support/index_files.ts";
import { type OpenedSource, testTextSource } from "../support/source_contract.ts";

const FORMATS: Readonly<
  Record<CodecName, (content: Uint8Array<ArrayBuffer>) => Promise<Uint8Array> | Uint8Array>
> = {
  zstd: async (content) => (await compressed([content])).stored,
  bgzf: (content) => bgzf(content),
  gzip: (content) => zlib.gzipSync(content),
};

/** Opens a compressed file with the block table of its index. */
async function open(codec: CodecName, content: Uint8Array<ArrayBuffer>): Promise<OpenedSource> {
  const directory = await Deno.makeTempDir({ prefix: "linesvr_compressed_" });
  const { textPath, indexPath } = placesIn(directory);
  await Deno.writeFile(textPath, await FORMATS[codec](content));
  await Deno.utime(textPath, 1000, 1000);
  await buildIndex({ textPath, indexPath });
  const index = await openIndex(indexPath);
  const stored = LocalText.openSync(textPath);
  const source = new CompressedText({
    stored,
    textBytes: index.header.textBytes,
    codec: await codecOf(codec, textPath),
    table: index.blockTable!,
  });
  return {
    source,
    changes: { "touched": () => Deno.utime(textPath, 2000, 2000) },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await index[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

for (const codec of Object.keys(FORMATS) as CodecName[]) {
  testTextSource(`CompressedText of a ${codec} file`, (content) => open(codec, content));
}
