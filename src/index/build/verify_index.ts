import { openText } from "../../source/open_text.ts";
import { IndexPage } from "../format/index_page.ts";
import { type PackedPage, unpack } from "../format/page_codec.ts";
import { describeMismatch } from "../freshness.ts";
import { staleIndex } from "../index_error.ts";
import { type IndexReader, openIndex } from "../index_reader.ts";
import { NewlineScanner } from "../scan/newline_scanner.ts";
import type { BuildOptions } from "./build_index.ts";
import { PageBuilder } from "./page_builder.ts";

/** What is compared. */
export interface VerifyOptions extends Pick<BuildOptions, "indexPath" | "onProgress" | "signal"> {
  readonly textPath: string;
}

/** What was compared. */
export interface VerifyResult {
  /** Lines in the text: every one is at the place that the index says. */
  readonly lines: number;
  readonly textBytes: number;
}

/**
 * Reads all of a text and of its index, and compares where every line begins and ends.
 *
 * @throws {IndexError} (as a rejection) `stale` with the first line that differs; `missing`, `foreign`,
 * `version`, `damaged` or `unreadable`
 * @throws {TextError} (as a rejection) if the text cannot be read, or changed in the meantime
 * @throws the signal's reason, if it was aborted
 */
export async function verifyIndex(options: VerifyOptions): Promise<VerifyResult> {
  const { textPath, indexPath, signal } = options;
  await using text = await openText(textPath, { mayBlock: true });
  await using index = await openIndex(indexPath, { mayBlock: true });
  const { linesPerPage, fingerprint } = index.header;
  const reason = describeMismatch(text.size, await text.fingerprint(signal), index.header);
  if (reason !== undefined) throw staleIndex(indexPath, reason);
  let pageNumber = 0;
  let lines = 0;
  const compare = (pages: Iterable<PackedPage>) => {
    for (const page of pages) {
      comparePage(page, index, pageNumber++);
      lines += page.lines;
    }
  };
  const builder = new PageBuilder(linesPerPage, fingerprint);
  using scanner = new NewlineScanner(text);
  for await (const { offset, end, newlines } of scanner.segments()) {
    signal?.throwIfAborted();
    compare(builder.add(offset, newlines));
    options.onProgress?.(end, text.size);
  }
  compare(builder.finish(text.size));
  if (lines !== index.lines) {
    throw staleIndex(indexPath, `the file has ${formatLines(lines)}, not ${index.lines}`);
  }
  text.check();
  return { lines, textBytes: text.size };
}

/** Throws if a page of a text is not the page of that number in an index, which may block the thread. */
function comparePage(packed: PackedPage, index: IndexReader, pageNumber: number): void {
  const { header, name, lines, pages } = index;
  const page = new IndexPage(unpack(packed)!);
  const expected = pageNumber < pages ? index.tryReadPage(pageNumber)! : undefined;
  if (expected !== undefined && page.firstOffset !== expected.firstOffset) {
    throw differs(0, `begins at byte ${page.firstOffset}, not at ${expected.firstOffset}`);
  }
  for (let place = 0; place < page.lines; place++) {
    if (expected === undefined || place === expected.lines) {
      throw staleIndex(name, `the file has more than ${formatLines(lines)}`);
    }
    if (page.lengthOf(place) !== expected.lengthOf(place)) {
      const ends = endOf(expected, place);
      throw differs(place, `ends at byte ${endOf(page, place)}, not at ${ends}`);
    }
  }

  function differs(place: number, how: string): Error {
    return staleIndex(name, `line ${pageNumber * header.linesPerPage + place + 1} ${how}`);
  }
}

function formatLines(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}

function endOf(page: IndexPage, place: number): number {
  return page.startOf(place) + page.lengthOf(place);
}
