import { buildIndex } from "../../src/index/build/build_index.ts";
import { type OpenLines, openLines, type OpenLinesOptions } from "../../src/lines/open_lines.ts";

/** A temporary text with its index. Both are removed at the end of the block, and lines closed. */
export class TextFixture implements AsyncDisposable {
  readonly directory: string;
  readonly textPath: string;
  readonly indexPath: string;
  readonly #opened = new AsyncDisposableStack();

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

  /** Opens the lines; they are closed with the fixture. */
  async open(options: Partial<OpenLinesOptions> = {}): Promise<OpenLines> {
    const { textPath, indexPath } = this;
    const cacheBytes = 1024 * 1024;
    return this.#opened.use(await openLines({ textPath, indexPath, cacheBytes, ...options }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** The lines of a text, split in the plainest way. */
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

/** Lines `line 1` to `line <count>`. */
export function numberedText(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join("");
}

export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
