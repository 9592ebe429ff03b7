import { buildIndex } from "../../src/index/build/build_index.ts";
import type { ByteRange } from "../../src/lines/line_reader.ts";
import { LineStore } from "../../src/lines/line_store.ts";
import { PositionalText } from "../../src/source/local/positional_text.ts";
import { TextFile } from "../../src/source/local/text_file.ts";

/** A temporary text with its index, and the stores opened on it; all gone at the end of the block. */
export class TextFixture implements AsyncDisposable {
  /** A directory of its own. */
  readonly directory: string;
  /** The text. */
  readonly textPath: string;
  /** Its index. */
  readonly indexPath: string;
  readonly #stores: LineStore[] = [];

  private constructor(directory: string) {
    this.directory = directory;
    this.textPath = `${directory}/text`;
    this.indexPath = `${directory}/text.lineidx`;
  }

  /** Writes a text and builds its index. */
  static async create(text: string | Uint8Array, linesPerPage = 4): Promise<TextFixture> {
    const fixture = new TextFixture(await Deno.makeTempDir());
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    await Deno.writeFile(fixture.textPath, bytes);
    const { textPath, indexPath } = fixture;
    await buildIndex({ textPath, indexPath, linesPerPage });
    return fixture;
  }

  /** Opens a store that is closed with the fixture. */
  openStore(cacheBytes = 1024 * 1024, mailboxCapacity = 16): LineStore {
    const { textPath, indexPath } = this;
    const store = LineStore.open({ textPath, indexPath, cacheBytes, mailboxCapacity });
    this.#stores.push(store);
    return store;
  }

  /** Closes the stores and removes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Opens a text to be read by position; the caller closes it. */
export function openPositional(path: string): PositionalText {
  using text = TextFile.open(path);
  return PositionalText.open(text);
}

/** A copy of the bytes of a range. */
export function bytesOf({ bytes, start, end }: ByteRange): Uint8Array {
  return bytes.slice(start, end);
}

/** The lines of a text, taken apart in the plainest way. */
export function naiveLines(text: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== 10) continue;
    const end = at > start && text[at - 1] === 13 ? at - 1 : at;
    lines.push(text.slice(start, end));
    start = at + 1;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}
