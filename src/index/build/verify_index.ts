import { type IndexError, staleIndex } from "../index_error.ts";
import { IndexPage } from "../format/index_page.ts";
import { IndexReader } from "../index_reader.ts";
import { type PackedPage, unpack } from "../format/page_codec.ts";
import { PageBuilder } from "./page_builder.ts";
import { NewlineScanner } from "../scan/newline_scanner.ts";
import { mismatch } from "../freshness.ts";
import { fingerprint } from "../../source/fingerprint.ts";
import { assertUnchanged, TextFile } from "../../source/local/text_file.ts";

/** What is compared, and how it is shown. */
export interface VerifyOptions {
  /** The text. */
  readonly textPath: string;
  /** Its index. */
  readonly indexPath: string;
  /** Called after every segment with the bytes of the text that are done, and all. */
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
 * @throws {TextError} where the text cannot be read, or changed meanwhile
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
  const reason = mismatch(text.bytes, await fingerprint(text), index.header);
  if (reason !== undefined) throw staleIndex(options.indexPath, reason);
  const comparison = new Comparison(index);
  const pages = new PageBuilder(
    index.header.linesPerPage,
    index.header.fingerprint,
    (page) => comparison.add(page),
  );
  using scanner = new NewlineScanner(text);
  for await (const { offset, end, newlines } of scanner.segments()) {
    options.signal?.throwIfAborted();
    pages.addNewlines(offset, newlines);
    options.onProgress?.(end, text.bytes);
  }
  pages.finish(text.bytes);
  comparison.finish();
  assertUnchanged(text, { was: "verified", advice: "verify it again" });
  return { lines: index.lines, textBytes: text.bytes };
}

/** Compares the text's pages with those of the index, in their order. */
class Comparison {
  readonly #index: IndexReader;
  #pageNumber = 0;
  #lines = 0;

  constructor(index: IndexReader) {
    this.#index = index;
  }

  add(packed: PackedPage): void {
    const page = new IndexPage(unpack(packed)!);
    if (this.#pageNumber === this.#index.pages) throw this.#hasMore();
    const expected = this.#index.readPageSync(this.#pageNumber++);
    if (page.firstOffset !== expected.firstOffset) {
      throw this.#differs(`it begins at byte ${page.firstOffset}, not at ${expected.firstOffset}`);
    }
    for (let place = 0; place < page.lines; place++) {
      if (place === expected.lines) throw this.#hasMore();
      if (page.lengthOf(place) !== expected.lengthOf(place)) {
        throw this.#differs(
          `it ends at byte ${endOf(page, place)}, not at ${endOf(expected, place)}`,
        );
      }
      this.#lines++;
    }
  }

  finish(): void {
    if (this.#lines === this.#index.lines) return;
    throw this.#differs(`the index has ${this.#index.lines} lines, and the text has fewer`);
  }

  #hasMore(): IndexError {
    return this.#differs(`the index has ${this.#index.lines} lines, and the text has more`);
  }

  #differs(how: string): IndexError {
    return staleIndex(this.#index.path, `line ${this.#lines + 1} differs: ${how}`);
  }
}

function endOf(page: IndexPage, place: number): number {
  return page.startOf(place) + page.lengthOf(place);
}
