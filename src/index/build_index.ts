import {
  HEADER_BYTES,
  type Layout,
  LINES_PER_PAGE_DEFAULT,
  LINES_PER_PAGE_MAX,
  overflowOffset,
  slotBytes,
} from "./format.ts";
import { fingerprint } from "../text/fingerprint.ts";
import { DRAFT_SUFFIX, IndexDraft, SPOOL_SUFFIX, unwritable } from "./index_draft.ts";
import { IndexError } from "./index_error.ts";
import { findNewlines } from "../text/newlines.ts";
import { PageBuilder } from "./page_builder.ts";
import {
  checksumSeed,
  encodeOverflow,
  encodePage,
  encodePointer,
  overflowRecordBytes,
} from "./page_codec.ts";
import { PageSpool } from "./page_spool.ts";
import { CHUNK_BYTES, readChunks } from "../text/read_chunks.ts";
import { SequentialWriter } from "./sequential_file.ts";
import { identityIfThere, sameModification, statText, TextFile } from "../text/text_file.ts";
import { TextError } from "../text/text_error.ts";

/** What an index is built from, and how. */
export interface BuildOptions {
  /** The text. */
  readonly textPath: string;
  /** Where the index is to be. */
  readonly indexPath: string;
  /**
   * Lines in a page: 1 to 65,536.
   *
   * @default {1024}
   */
  readonly linesPerPage?: number;
  /** Called after every chunk with the bytes of the text that are done, and all. */
  readonly onProgress?: (doneBytes: number, textBytes: number) => void;
  /** Called once where another process is building the same index and is waited for. */
  readonly onWait?: () => void;
  /** Called with the lock held; where it gives false, nothing is built. */
  readonly isStillNeeded?: () => boolean;
  /** Ends the building; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What was built. */
export interface BuildResult {
  /** Lines in the text. */
  readonly lines: number;
  /** The size of the text. */
  readonly textBytes: number;
  /** The size of the index. */
  readonly indexBytes: number;
}

/**
 * Builds the index of a text. Memory does not grow with the text.
 *
 * @returns what was built; `undefined` where `isStillNeeded` gave false
 * @throws {TextError} where the text cannot be read, or changed meanwhile
 * @throws {IndexError} `unwritable`; `foreign` where the index would overwrite what is not one
 * @throws {RangeError} where `linesPerPage` is out of its range
 * @throws the signal's reason, where it was aborted
 *
 * @example
 * ```ts
 * import { buildIndex } from "./build_index.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * const result = await buildIndex({ textPath, indexPath: `${textPath}.lineidx` });
 * console.log(result?.lines); // 2
 * ```
 */
export async function buildIndex(options: BuildOptions): Promise<BuildResult | undefined> {
  const linesPerPage = options.linesPerPage ?? LINES_PER_PAGE_DEFAULT;
  assertLinesPerPage(linesPerPage);
  using text = TextFile.open(options.textPath);
  assertIsNot(text, options.indexPath);
  assertIsNot(text, options.indexPath + DRAFT_SUFFIX);
  assertIsNot(text, options.indexPath + SPOOL_SUFFIX);
  using draft = await IndexDraft.acquire(options.indexPath, options);
  if (options.isStillNeeded?.() === false) return undefined;
  const spool = await spoolPages(text, draft.spool, linesPerPage, options);
  const slotWidthBits = spool.bestSlotWidthBits(linesPerPage);
  const layout = { lines: spool.lines, linesPerPage, slotWidthBits };
  const textFingerprint = fingerprint(text.fd, text.bytes);
  const indexBytes = attemptWrite(
    options,
    () => writePages(layout, spool, draft.file, textFingerprint),
  );
  const header = { ...layout, indexBytes, textBytes: text.bytes, fingerprint: textFingerprint };
  // Behind the fingerprint: an index must not be bound to what the text became meanwhile.
  assertUnchanged(text);
  options.signal?.throwIfAborted();
  await draft.commit(header);
  return { lines: layout.lines, textBytes: text.bytes, indexBytes };
}

async function spoolPages(
  text: TextFile,
  file: Deno.FsFile,
  linesPerPage: number,
  options: BuildOptions,
): Promise<PageSpool> {
  const spool = new PageSpool(file);
  const pages = new PageBuilder(
    linesPerPage,
    (page) => attemptWrite(options, () => spool.append(page)),
  );
  const newlines = new Uint32Array(CHUNK_BYTES);
  let doneBytes = 0;
  let lineStart = 0;
  for await (const chunk of readChunks(text)) {
    options.signal?.throwIfAborted();
    const count = findNewlines(chunk, newlines);
    for (let i = 0; i < count; i++) {
      const lineEnd = doneBytes + newlines[i]! + 1;
      pages.add(lineEnd - lineStart);
      lineStart = lineEnd;
    }
    doneBytes += chunk.length;
    options.onProgress?.(doneBytes, text.bytes);
  }
  if (lineStart < text.bytes) pages.add(text.bytes - lineStart);
  pages.finish();
  return spool;
}

function writePages(
  layout: Layout,
  spool: PageSpool,
  file: Deno.FsFile,
  textFingerprint: Uint8Array,
): number {
  const writer = new SequentialWriter(file);
  let recordOffset = overflowOffset(layout);
  let pageNumber = 0;
  for (const page of spool.pages()) {
    const bytes = slotBytes(layout, pageNumber);
    const seed = checksumSeed(textFingerprint, pageNumber);
    if (page.widthBits <= layout.slotWidthBits) {
      writer.write(encodePage(page, seed, bytes));
    } else {
      const { firstOffset, widthBits } = page;
      writer.write(encodePointer({ firstOffset, widthBits, recordOffset }, seed, bytes));
      recordOffset += overflowRecordBytes(page.lines, page.widthBits);
    }
    pageNumber++;
  }
  if (recordOffset > overflowOffset(layout)) writeOverflow(layout, spool, writer, textFingerprint);
  writer.flush();
  return HEADER_BYTES + writer.bytes;
}

function writeOverflow(
  layout: Layout,
  spool: PageSpool,
  writer: SequentialWriter,
  textFingerprint: Uint8Array,
): void {
  let pageNumber = 0;
  for (const page of spool.pages()) {
    const seed = checksumSeed(textFingerprint, pageNumber);
    if (page.widthBits > layout.slotWidthBits) writer.write(encodeOverflow(page, seed));
    pageNumber++;
  }
}

function assertLinesPerPage(linesPerPage: number): void {
  if (
    Number.isSafeInteger(linesPerPage) && linesPerPage >= 1 && linesPerPage <= LINES_PER_PAGE_MAX
  ) return;
  throw new RangeError(
    `Lines in a page must be an integer of 1 to ${LINES_PER_PAGE_MAX}: ${linesPerPage}`,
  );
}

// A text may be an index itself; it would pass for one that can be replaced.
function assertIsNot(text: TextFile, path: string): void {
  if (identityIfThere(path)?.inode !== text.identity.inode) return;
  throw new IndexError(
    "foreign",
    `The index would overwrite the text: ${path}: name another place with --index`,
  );
}

function attemptWrite<T>(options: BuildOptions, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw unwritable(options.indexPath, error);
  }
}

function assertUnchanged(text: TextFile): void {
  if (sameModification(text.identity, statText(text.path))) return;
  throw new TextError(`Text changed while it was indexed: ${text.path}: index it again`);
}
