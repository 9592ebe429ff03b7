import { identityIfThere, sameFile } from "../../source/local/file_identity.ts";
import type { CodecName, UnpackedBlock } from "../../source/compressed/codec.ts";
import { codecOf, detectCodec } from "../../source/compressed/codecs.ts";
import { openText } from "../../source/open_text.ts";
import { ParallelReader } from "../../source/remote/parallel_reader.ts";
import { SourcePart } from "../../source/source_part.ts";
import type { ByteSource, TextSource } from "../../source/text_source.ts";
import type { IndexHeader } from "../format/header.ts";
import { LINES_PER_PAGE_DEFAULT, LINES_PER_PAGE_MAX } from "../format/layout.ts";
import { checksumSeeds, type PackedPage, reseal } from "../format/page_codec.ts";
import type { CheckedIndex } from "../freshness.ts";
import { CHOOSE_ANOTHER_PATH, IndexError, unwritableIndex } from "../index_error.ts";
import type { IndexReader } from "../index_reader.ts";
import { readPages } from "../read_pages.ts";
import { CompressedScanner, type CompressedScanOptions } from "../scan/compressed_scanner.ts";
import { NewlineScanner } from "../scan/newline_scanner.ts";
import type { TextScanner } from "../scan/text_scanner.ts";
import { BlockTableWriter } from "./block_table_writer.ts";
import { followLinks } from "./draft_disk.ts";
import { type AcquireOptions, DRAFT_SUFFIX, IndexDraft, SCRATCH_SUFFIX } from "./index_draft.ts";
import { IndexWriter } from "./index_writer.ts";
import { PageBuilder, type PageStart } from "./page_builder.ts";

/** How an index is built. If `signal` is aborted, the building ends and nothing is left behind. */
export interface BuildOptions extends Omit<AcquireOptions, "textPath"> {
  readonly indexPath: string;
  /** Lines in a page: 1 to 65,536; 1024 if not given. */
  readonly linesPerPage?: number;
  /**
   * What the file is compressed with.
   *
   * @default {undefined: its bytes are the text}
   */
  readonly codec?: CodecName | undefined;
  /** Called after every segment, with the bytes of the file that are done and how many there are to do. */
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
}

/** What was built. */
export interface BuildResult extends CheckedIndex {
  readonly lines: number;
  readonly textBytes: number;
  readonly indexBytes: number;
  /** How much of the file was scanned: less than all if pages of an older index were taken over. */
  readonly scannedBytes: number;
}

/** As {@linkcode buildIndexOf}, for the file that {@linkcode openText} opens. */
export async function buildIndex(
  options: BuildOptions & { readonly textPath: string },
): Promise<BuildResult> {
  await using file = await openText(options.textPath, { mayBlock: true });
  return await buildIndexOf(file, { codec: await detectCodec(file), ...options });
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
 * Writes the index of a file, and puts it at its path.
 *
 * @param file as it is stored
 * @param old an index of what the file was before it grew, with a page or more, from `openIndexInOrder`: all of
 * its pages but the last are taken over, and only the rest of the file is scanned. Not of a compressed file.
 * @throws {IndexError} (as a rejection) `damaged` if a page of the old index is; otherwise what
 * {@linkcode buildIndexOf} throws
 */
export async function writeIndex(
  file: TextSource,
  draft: IndexDraft,
  options: BuildOptions,
  old?: IndexReader,
): Promise<BuildResult> {
  const { indexPath, signal, codec } = options;
  const linesPerPage = old?.header.linesPerPage ?? options.linesPerPage ?? LINES_PER_PAGE_DEFAULT;
  const start = old === undefined ? { page: 0, offset: 0 } : startOfLastPage(old);
  const write = <T>(action: () => T) => attemptWrite(indexPath, action);

  using opened = new DisposableStack();
  const table = codec && opened.use(write(() => new BlockTableWriter(draft, codec)));
  const onBlock = (block: UnpackedBlock) => write(() => table!.add(block));
  const rest = start.offset === 0 ? file : new SourcePart(file, start.offset, file.size);
  // The helpers of the scanner start while the file is hashed.
  const scanner = opened.use(await scannerOf(rest, codec, { onBlock, signal }));
  const fingerprint = await file.fingerprint(signal);
  const index = opened.use(new IndexWriter(draft, linesPerPage, fingerprint));
  const append = (pages: Iterable<PackedPage>) => {
    for (const page of pages) write(() => index.append(page));
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
  for await (const { offset, newlines, doneBytes } of scanner.segments()) {
    signal?.throwIfAborted();
    append(builder.add(start.offset + offset, newlines));
    options.onProgress?.(doneBytes, scanner.allBytes);
  }
  const textBytes = start.offset + scanner.textBytes;
  append(builder.finish(textBytes));
  const facts = { linesPerPage, textBytes, fingerprint };
  return await commitIndex(file, draft, { index, table, facts }, options, rest.size);
}

/** The parts of an index that are written, but not yet complete. */
export interface IndexParts {
  readonly index: IndexWriter;
  /** Of a compressed file. */
  readonly table: BlockTableWriter | undefined;
  readonly facts: Pick<IndexHeader, "linesPerPage" | "textBytes" | "fingerprint">;
}

/** Completes an index, and puts it at its path. Throws what {@linkcode buildIndexOf} does. */
export async function commitIndex(
  file: TextSource,
  draft: IndexDraft,
  { index, table, facts }: IndexParts,
  { indexPath, signal }: BuildOptions,
  scannedBytes: number,
): Promise<BuildResult> {
  const written = attemptWrite(indexPath, () => {
    const pages = index.finish();
    return { ...pages, ...table?.finish(pages.indexBytes, file.size, facts.fingerprint) };
  });
  // Otherwise the index could be bound to content that the file had before, or has now.
  file.check();
  signal?.throwIfAborted();
  const { versionStamp } = file;
  const time = versionStamp === undefined ? {} : { versionStamp };
  const header = { ...written, ...facts, ...time };
  await draft.commit(header);
  const { lines, textBytes, indexBytes } = header;
  return { header, text: file.identity, lines, textBytes, indexBytes, scannedBytes };
}

/** Scans a file, which the caller closes. */
export async function scannerOf(
  file: ByteSource,
  codec: CodecName | undefined,
  options: CompressedScanOptions,
): Promise<TextScanner> {
  if (codec === undefined) return new NewlineScanner(inOrder(file));
  return new CompressedScanner(inOrder(file), await codecOf(codec, file.name), options);
}

// A server is asked for what follows before it is needed.
function inOrder(file: ByteSource): ByteSource {
  return file.isRemote === true ? new ParallelReader(file) : file;
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

/** Writes something; what it throws becomes an `IndexError`. */
export function attemptWrite<T>(indexPath: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw unwritableIndex(indexPath, error);
  }
}
