import { LINES_PER_PAGE_DEFAULT, LINES_PER_PAGE_MAX } from "../format/layout.ts";
import { fingerprint } from "../../source/fingerprint.ts";
import { IndexDraft } from "./index_draft.ts";
import { IndexError, unwritableIndex } from "../index_error.ts";
import { DRAFT_SUFFIX, SCRATCH_SUFFIX } from "./index_paths.ts";
import { IndexWriter } from "./index_writer.ts";
import { PageBuilder } from "./page_builder.ts";
import { NewlineScanner } from "../scan/newline_scanner.ts";
import { assertUnchanged, identityIfThere, TextFile } from "../../source/local/text_file.ts";

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
  /**
   * How many threads search the text: 1 or more.
   *
   * @default {one for each processor, up to four; 1 for a small text}
   */
  readonly threads?: number;
  /** Called after every segment with the bytes of the text that are done, and all. */
  readonly onProgress?: (doneBytes: number, textBytes: number) => void;
  /** Called once where another process is building the same index and is waited for. */
  readonly onWait?: () => void;
  /** Called with the lock held; where it gives false, nothing is built. */
  readonly isStillNeeded?: () => Promise<boolean>;
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
  assertIsNot(text, options.indexPath + SCRATCH_SUFFIX);
  using draft = await IndexDraft.acquire(options.indexPath, options);
  if (await options.isStillNeeded?.() === false) return undefined;
  // The scanner's threads begin while the text is hashed.
  using scanner = new NewlineScanner(text, options);
  const textFingerprint = await fingerprint(text);
  using index = new IndexWriter(draft, linesPerPage, textFingerprint);
  const pages = new PageBuilder(
    linesPerPage,
    textFingerprint,
    (page) => attemptWrite(options, () => index.append(page)),
  );
  for await (const { offset, end, newlines } of scanner.segments()) {
    options.signal?.throwIfAborted();
    pages.addNewlines(offset, newlines);
    draft.wrote(index.bytes);
    options.onProgress?.(end, text.bytes);
  }
  pages.finish(text.bytes);
  const written = attemptWrite(options, () => index.finish());
  // Otherwise the index could be bound to what the text was before, or became meanwhile.
  assertUnchanged(text, { was: "indexed", advice: "index it again" });
  options.signal?.throwIfAborted();
  const textBytes = text.bytes;
  await draft.commit({ ...written, linesPerPage, textBytes, fingerprint: textFingerprint });
  return { lines: written.lines, textBytes, indexBytes: written.indexBytes };
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
    `The index would overwrite the text: ${path}: name another path with --index`,
  );
}

function attemptWrite<T>(options: BuildOptions, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw unwritableIndex(options.indexPath, error);
  }
}
