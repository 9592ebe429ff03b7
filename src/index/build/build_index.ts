import { identityIfThere, sameFile } from "../../source/local/file_identity.ts";
import { openText } from "../../source/open_text.ts";
import { SourcePart } from "../../source/source_part.ts";
import type { TextSource } from "../../source/text_source.ts";
import { LINES_PER_PAGE_DEFAULT, LINES_PER_PAGE_MAX } from "../format/layout.ts";
import { checksumSeeds, type PackedPage, reseal } from "../format/page_codec.ts";
import type { CheckedIndex } from "../freshness.ts";
import { CHOOSE_ANOTHER_PATH, IndexError, unwritableIndex } from "../index_error.ts";
import type { IndexReader } from "../index_reader.ts";
import { readPages } from "../read_pages.ts";
import { NewlineScanner } from "../scan/newline_scanner.ts";
import { followLinks } from "./draft_disk.ts";
import { type AcquireOptions, DRAFT_SUFFIX, IndexDraft, SCRATCH_SUFFIX } from "./index_draft.ts";
import { IndexWriter } from "./index_writer.ts";
import { PageBuilder, type PageStart } from "./page_builder.ts";

/** How an index is built. If `signal` is aborted, the building ends and nothing is left behind. */
export interface BuildOptions extends Omit<AcquireOptions, "textPath"> {
  readonly indexPath: string;
  /** Lines in a page: 1 to 65,536; 1024 if not given. */
  readonly linesPerPage?: number;
  /** Called after every segment, with the bytes of the text that are done and how many there are to do. */
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
}

/** What was built. */
export interface BuildResult extends CheckedIndex {
  readonly lines: number;
  readonly textBytes: number;
  readonly indexBytes: number;
  /** How much of the text was scanned: less than all if pages of an older index were taken over. */
  readonly scannedBytes: number;
}

/** As {@linkcode buildIndexOf}, for the text that {@linkcode openText} opens. */
export async function buildIndex(
  options: BuildOptions & { readonly textPath: string },
): Promise<BuildResult> {
  await using text = await openText(options.textPath, { mayBlock: true });
  return await buildIndexOf(text, options);
}

/**
 * Builds the index of a text. Memory does not grow with the text.
 *
 * @param text the caller closes it
 * @throws {TextError} (as a rejection) if the text cannot be read, or changed in the meantime
 * @throws {IndexError} (as a rejection) `unwritable`; `foreign` if the index would overwrite something else
 * @throws {RangeError} (as a rejection) if `linesPerPage` is out of its range
 * @throws the signal's reason, if it was aborted
 */
export async function buildIndexOf(text: TextSource, options: BuildOptions): Promise<BuildResult> {
  using draft = await acquireDraft(text.name, options);
  return await writeIndex(text, draft, options);
}

/**
 * Acquires the draft of the index of a text: no other process builds it until the draft is closed.
 *
 * @throws (as a rejection) what {@linkcode buildIndexOf} throws before it reads the text
 */
export async function acquireDraft(textPath: string, options: BuildOptions): Promise<IndexDraft> {
  const { indexPath, linesPerPage = LINES_PER_PAGE_DEFAULT } = options;
  if (
    !(Number.isInteger(linesPerPage) && linesPerPage >= 1 && linesPerPage <= LINES_PER_PAGE_MAX)
  ) {
    throw new RangeError(`Lines a page must be 1 to ${LINES_PER_PAGE_MAX}, not ${linesPerPage}`);
  }
  for (const suffix of ["", DRAFT_SUFFIX, SCRATCH_SUFFIX]) {
    assertIsNotText(textPath, attemptWrite(indexPath, () => followLinks(indexPath)) + suffix);
  }
  return await IndexDraft.acquire(indexPath, { ...options, textPath });
}

/**
 * Writes the index of a text, and puts it at its path.
 *
 * @param old an index of what the text was before it grew, with a page or more, from `openIndexInOrder`: all of
 * its pages but the last are taken over, and only the rest of the text is scanned
 * @throws {IndexError} (as a rejection) `damaged` if a page of the old index is; otherwise what
 * {@linkcode buildIndexOf} throws
 */
export async function writeIndex(
  text: TextSource,
  draft: IndexDraft,
  options: BuildOptions,
  old?: IndexReader,
): Promise<BuildResult> {
  const { indexPath, signal } = options;
  const linesPerPage = old?.header.linesPerPage ?? options.linesPerPage ?? LINES_PER_PAGE_DEFAULT;
  const start = old === undefined ? { page: 0, offset: 0 } : startOfLastPage(old);
  const rest = start.offset === 0 ? text : new SourcePart(text, start.offset, text.size);

  // The helpers of the scanner start while the text is hashed.
  using scanner = new NewlineScanner(rest);
  const fingerprint = await text.fingerprint(signal);
  using index = new IndexWriter(draft, linesPerPage, fingerprint);
  const append = (pages: Iterable<PackedPage>) => {
    for (const page of pages) attemptWrite(indexPath, () => index.append(page));
  };
  if (old !== undefined) {
    const seedOf = checksumSeeds(fingerprint, linesPerPage);
    let pageNumber = 0;
    for await (const pages of readPages(old, signal)) {
      // The last page is built again: its last line may have been continued.
      const kept = pages.slice(0, start.page - pageNumber);
      append(kept.map((page) => reseal(page, seedOf(pageNumber++))));
    }
  }
  const builder = new PageBuilder(linesPerPage, fingerprint, start);
  for await (const { offset, end, newlines } of scanner.segments()) {
    signal?.throwIfAborted();
    append(builder.add(start.offset + offset, newlines));
    options.onProgress?.(end, rest.size);
  }
  append(builder.finish(text.size));
  const written = attemptWrite(indexPath, () => index.finish());

  // Otherwise the index could be bound to content that the text had before, or has now.
  text.check();
  signal?.throwIfAborted();
  const { size: textBytes, modifiedMs } = text;
  const time = modifiedMs === undefined ? {} : { modifiedMs };
  const header = { ...written, linesPerPage, textBytes, fingerprint, ...time };
  await draft.commit(header);
  const { lines, indexBytes } = written;
  return { header, text: text.identity, lines, textBytes, indexBytes, scannedBytes: rest.size };
}

function startOfLastPage(index: IndexReader): PageStart {
  const page = index.pages - 1;
  return { page, offset: index.tryReadPage(page)!.firstOffset };
}

// A text may be an index itself, and would count as one that can be replaced.
function assertIsNotText(textPath: string, path: string): void {
  const there = identityIfThere(path);
  const ofText = identityIfThere(textPath);
  if (there !== undefined && ofText !== undefined && sameFile(there, ofText)) {
    const message = `The index would overwrite its file: ${path}. ${CHOOSE_ANOTHER_PATH}`;
    throw new IndexError("foreign", message);
  }
}

function attemptWrite<T>(indexPath: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw unwritableIndex(indexPath, error);
  }
}
