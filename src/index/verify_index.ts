import { IndexError } from "./index_error.ts";
import type { IndexPage } from "./index_page.ts";
import { IndexReader } from "./index_reader.ts";
import { CHUNK_BYTES, readChunks } from "../text/read_chunks.ts";
import { findNewlines } from "../text/newlines.ts";
import { mismatch } from "./stale_reason.ts";
import { TextFile } from "../text/text_file.ts";

/** What is compared, and how it is shown. */
export interface VerifyOptions {
  /** The text. */
  readonly textPath: string;
  /** Its index. */
  readonly indexPath: string;
  /** Called after every chunk with the bytes of the text that are done, and all. */
  readonly onProgress?: (doneBytes: number, textBytes: number) => void;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/** What was compared. */
export interface VerifyResult {
  /** Lines in the text: every one is where the index says. */
  readonly lines: number;
  /** The size of the text. */
  readonly textBytes: number;
}

/**
 * Reads text and index through, and compares where every line begins and ends.
 *
 * @throws {IndexError} `stale` with the first line that differs; `missing`, `foreign`, `version` or
 * `damaged` where the index is not whole
 * @throws {TextError} where the text cannot be read
 * @throws the signal's reason, where it was aborted
 *
 * @example
 * ```ts
 * import { buildIndex } from "./build_index.ts";
 * import { verifyIndex } from "./verify_index.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await buildIndex({ textPath, indexPath });
 * console.log(await verifyIndex({ textPath, indexPath })); // { lines: 2, textBytes: 8 }
 * ```
 */
export async function verifyIndex(options: VerifyOptions): Promise<VerifyResult> {
  using text = TextFile.open(options.textPath);
  using index = IndexReader.open(options.indexPath);
  const reason = mismatch(text, index.header);
  if (reason !== undefined) throw stale(options.indexPath, reason);
  const expected = new ExpectedLines(index);
  const newlines = new Uint32Array(CHUNK_BYTES);
  let doneBytes = 0;
  let lineEnd = 0;
  for await (const chunk of readChunks(text)) {
    options.signal?.throwIfAborted();
    const count = findNewlines(chunk, newlines);
    for (let i = 0; i < count; i++) {
      lineEnd = doneBytes + newlines[i]! + 1;
      if (expected.isAtPageEnd) await expected.nextPage();
      expected.compare(lineEnd);
    }
    doneBytes += chunk.length;
    options.onProgress?.(doneBytes, text.bytes);
  }
  if (lineEnd < text.bytes) {
    if (expected.isAtPageEnd) await expected.nextPage();
    expected.compare(text.bytes);
  }
  expected.finish();
  return { lines: index.lines, textBytes: text.bytes };
}

/** Walks through the lines as the index has them. */
class ExpectedLines {
  readonly #index: IndexReader;
  #page: IndexPage | undefined;
  #pages = 0;
  #place = 0;
  #line = 0;
  #end = 0;

  constructor(index: IndexReader) {
    this.#index = index;
  }

  get isAtPageEnd(): boolean {
    return this.#page === undefined || this.#place === this.#page.lines;
  }

  async nextPage(): Promise<void> {
    if (this.#pages === this.#index.pages) {
      throw this.#differs(`the index has ${this.#index.lines} lines, and the text has more`);
    }
    this.#page = await this.#index.readPage(this.#pages++);
    this.#place = 0;
    if (this.#page.firstOffset !== this.#end) {
      throw this.#differs(`it begins at byte ${this.#end}, not at ${this.#page.firstOffset}`);
    }
  }

  compare(lineEnd: number): void {
    this.#end += this.#page!.lengthOf(this.#place++);
    if (this.#end !== lineEnd) {
      throw this.#differs(`it ends at byte ${lineEnd}, not at ${this.#end}`);
    }
    this.#line++;
  }

  finish(): void {
    if (this.#line === this.#index.lines) return;
    throw this.#differs(`the index has ${this.#index.lines} lines, and the text has fewer`);
  }

  #differs(how: string): IndexError {
    return stale(this.#index.path, `line ${this.#line + 1} differs: ${how}`);
  }
}

function stale(indexPath: string, how: string): IndexError {
  return new IndexError(
    "stale",
    `Index does not fit its text: ${indexPath}: ${how}: make it anew with "linesvr index --force"`,
  );
}
