import { openText } from "../../source/open_text.ts";
import type { UnpackedBlock } from "../../source/compressed/codec.ts";
import type { TextSource } from "../../source/text_source.ts";
import { IndexPage } from "../format/index_page.ts";
import { type PackedPage, unpack } from "../format/page_codec.ts";
import { describeMismatch } from "../freshness.ts";
import { staleIndex } from "../index_error.ts";
import { type IndexReader, openIndexInOrder } from "../index_reader.ts";
import { scannerOf } from "./build_index.ts";
import { PageBuilder } from "./page_builder.ts";

/** What is compared. */
export interface VerifyOptions extends CompareOptions {
  readonly textPath: string;
  readonly indexPath: string;
}

/** How a text is compared with its index. */
export interface CompareOptions {
  /** Called after every segment, with the bytes of the text that are done and its size. */
  readonly onProgress?: (doneBytes: number, textBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** What was compared. */
export interface VerifyResult {
  /** Lines in the text: every one is at the place that the index says. */
  readonly lines: number;
  readonly textBytes: number;
  /** What was appended to the file after the index was built: this was not compared. */
  readonly appendedBytes: number;
}

/**
 * Reads all of a text and of its index, and compares where every line begins and ends. If the file has grown,
 * its text is what the index was built from.
 *
 * @throws {IndexError} (as a rejection) `stale` with the first line that differs; `missing`, `foreign`,
 * `version`, `damaged` or `unreadable`
 * @throws {TextError} (as a rejection) if the text cannot be read, or changed in the meantime
 * @throws the signal's reason, if it was aborted
 */
export async function verifyIndex(options: VerifyOptions): Promise<VerifyResult> {
  const { textPath, indexPath, signal } = options;
  await using index = await openIndexInOrder(indexPath);
  const { textBytes, compressed } = index.header;
  const fileOptions = compressed === undefined ? { textBytes } : {};
  await using file = await openText(textPath, { mayBlock: true, ...fileOptions });
  const difference = describeMismatch(file.size, await file.fingerprint(signal), index.header) ??
    await findDifference(file, index, options);
  if (difference !== undefined) throw staleIndex(indexPath, difference);
  return { lines: index.lines, textBytes, appendedBytes: file.identity.size - file.size };
}

/**
 * Compares where every line of a file begins and ends with what an index says; of a compressed file also its blocks.
 *
 * @param file as large as the file of the index
 * @returns the first difference in a few words; undefined if there is none
 * @throws {IndexError} (as a rejection) `damaged` or `unreadable`
 * @throws {TextError} (as a rejection) if the text cannot be read, or changed in the meantime
 * @throws the signal's reason, if it was aborted
 */
export async function findDifference(
  file: TextSource,
  index: IndexReader,
  options: CompareOptions,
): Promise<string | undefined> {
  const { linesPerPage, fingerprint, compressed } = index.header;
  let pageNumber = 0;
  let lines = 0;
  let difference: string | undefined;
  const compare = (pages: Iterable<PackedPage>) => {
    for (const page of pages) {
      difference = describeDifference(page, index, pageNumber++);
      if (difference !== undefined) return;
      lines += page.lines;
    }
  };
  const builder = new PageBuilder(linesPerPage, fingerprint);
  const onBlock = (block: UnpackedBlock) => difference ??= describeBlock(block, index);
  using scanner = await scannerOf(file, compressed?.codec, { onBlock, signal: options.signal });
  for await (const { offset, newlines, doneBytes } of scanner.segments()) {
    options.signal?.throwIfAborted();
    if (difference === undefined) compare(builder.add(offset, newlines));
    if (difference !== undefined) return difference;
    options.onProgress?.(doneBytes, scanner.allBytes);
  }
  compare(builder.finish(scanner.textBytes));
  file.check();
  if (difference === undefined && lines !== index.lines) {
    return `the file has ${formatLines(lines)}, not ${index.lines}`;
  }
  return difference;
}

/** How a block differs from that of an index, which may block the thread. */
function describeBlock(block: UnpackedBlock, index: IndexReader): string | undefined {
  const known = block.textOffset < index.header.textBytes
    ? index.blockTable!.tryFind(block.textOffset)!
    : undefined;
  const isSame = known?.textOffset === block.textOffset && known.textBytes === block.textBytes &&
    known.storedOffset === block.storedOffset && known.storedBytes === block.storedBytes &&
    known.skippedBits === block.skippedBits && known.isText(block.text);
  return isSame ? undefined : `the block at byte ${block.storedOffset} differs`;
}

/** How a page of a text differs from the page of that number in an index, which may block the thread. */
function describeDifference(
  packed: PackedPage,
  index: IndexReader,
  pageNumber: number,
): string | undefined {
  const { header, lines, pages } = index;
  // The pages of equal lines have equal bytes, which are compared much faster.
  if (pageNumber < pages && sameBytes(packed.bytes, index.tryReadPacked(pageNumber)!.bytes)) {
    return undefined;
  }
  const page = new IndexPage(unpack(packed)!);
  const expected = pageNumber < pages ? index.tryReadPage(pageNumber)! : undefined;
  if (expected !== undefined && page.firstOffset !== expected.firstOffset) {
    return differs(0, `begins at byte ${page.firstOffset}, not at ${expected.firstOffset}`);
  }
  for (let place = 0; place < page.lines; place++) {
    if (expected === undefined || place === expected.lines) {
      return `the file has more than ${formatLines(lines)}`;
    }
    if (page.lengthOf(place) !== expected.lengthOf(place)) {
      const ends = endOf(expected, place);
      return differs(place, `ends at byte ${endOf(page, place)}, not at ${ends}`);
    }
  }
  return undefined;

  function differs(place: number, how: string): string {
    return `line ${pageNumber * header.linesPerPage + place + 1} ${how}`;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}

function formatLines(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}

function endOf(page: IndexPage, place: number): number {
  return page.startOf(place) + page.lengthOf(place);
}
