import { identityIfThere, sameFile } from "../../source/local/file_identity.ts";
import { openText } from "../../source/open_text.ts";
import type { TextSource } from "../../source/text_source.ts";
import { LINES_PER_PAGE_DEFAULT, LINES_PER_PAGE_MAX } from "../format/layout.ts";
import type { PackedPage } from "../format/page_codec.ts";
import { checkFreshness, checkIndex } from "../freshness.ts";
import { CHOOSE_ANOTHER_PATH, IndexError, unwritableIndex } from "../index_error.ts";
import { NewlineScanner } from "../scan/newline_scanner.ts";
import { followLinks } from "./draft_disk.ts";
import { type AcquireOptions, DRAFT_SUFFIX, IndexDraft, SCRATCH_SUFFIX } from "./index_draft.ts";
import { IndexWriter } from "./index_writer.ts";
import { PageBuilder } from "./page_builder.ts";

/** How an index is built. If `signal` is aborted, the building ends and nothing is left behind. */
export interface BuildOptions extends Omit<AcquireOptions, "textPath"> {
  readonly indexPath: string;
  /** Lines in a page: 1 to 65,536; 1024 if not given. */
  readonly linesPerPage?: number;
  /** Called after every segment, with the bytes of the text that are done and its size. */
  readonly onProgress?: (doneBytes: number, textBytes: number) => void;
  /** Called with the lock held; if it resolves to false, nothing is built. */
  readonly isStillNeeded?: () => Promise<boolean>;
}

/** What was built. */
export interface BuildResult {
  readonly lines: number;
  readonly textBytes: number;
  readonly indexBytes: number;
}

/** How the index of a text is ensured. */
export interface EnsureOptions extends Omit<BuildOptions, "isStillNeeded"> {
  /** What {@linkcode openText} opens. */
  readonly textPath: string;
  /** Build it even if it is fresh. */
  readonly force?: boolean;
  /** Called when the building begins, with the reason in a few words. */
  readonly onBuild?: (reason: string) => void;
}

/**
 * Builds the index of a text if it is missing, damaged or stale. A file at its path that is not an index is
 * never overwritten, not even with `force`.
 *
 * @returns what was built; undefined if the index was fresh, or another process built it in the meantime
 * @throws {TextError} (as a rejection) if the text cannot be read, or changed in the meantime
 * @throws {IndexError} (as a rejection) `foreign`, `unreadable` or `unwritable`
 */
export async function ensureIndex(options: EnsureOptions): Promise<BuildResult | undefined> {
  if (await reasonToBuild(options) === undefined) return undefined;
  return await buildIndex({
    ...options,
    isStillNeeded: async () => {
      const reason = await reasonToBuild(options);
      if (reason !== undefined) options.onBuild?.(reason);
      return reason !== undefined;
    },
  });
}

/** As {@linkcode buildIndexOf}, for the text that {@linkcode openText} opens. */
export async function buildIndex(
  options: BuildOptions & { readonly textPath: string },
): Promise<BuildResult | undefined> {
  await using text = await openText(options.textPath, { mayBlock: true });
  return await buildIndexOf(text, options);
}

/**
 * Builds the index of a text. Memory does not grow with the text.
 *
 * @param text the caller closes it
 * @returns what was built; undefined if `isStillNeeded` resolved to false
 * @throws {TextError} (as a rejection) if the text cannot be read, or changed in the meantime
 * @throws {IndexError} (as a rejection) `unwritable`; `foreign` if the index would overwrite something else
 * @throws {RangeError} (as a rejection) if `linesPerPage` is out of its range
 * @throws the signal's reason, if it was aborted
 */
export async function buildIndexOf(
  text: TextSource,
  options: BuildOptions,
): Promise<BuildResult | undefined> {
  const { indexPath, linesPerPage = LINES_PER_PAGE_DEFAULT, signal } = options;
  if (
    !(Number.isInteger(linesPerPage) && linesPerPage >= 1 && linesPerPage <= LINES_PER_PAGE_MAX)
  ) {
    throw new RangeError(`Lines a page must be 1 to ${LINES_PER_PAGE_MAX}, not ${linesPerPage}`);
  }
  for (const suffix of ["", DRAFT_SUFFIX, SCRATCH_SUFFIX]) {
    assertIsNotText(text, attemptWrite(indexPath, () => followLinks(indexPath)) + suffix);
  }
  using draft = await IndexDraft.acquire(indexPath, { ...options, textPath: text.name });
  if (await options.isStillNeeded?.() === false) return undefined;

  // The helpers of the scanner start while the text is hashed.
  using scanner = new NewlineScanner(text);
  const fingerprint = await text.fingerprint(signal);
  using index = new IndexWriter(draft, linesPerPage, fingerprint);
  const builder = new PageBuilder(linesPerPage, fingerprint);
  const append = (pages: Iterable<PackedPage>) => {
    for (const page of pages) attemptWrite(indexPath, () => index.append(page));
  };
  for await (const { offset, end, newlines } of scanner.segments()) {
    signal?.throwIfAborted();
    append(builder.add(offset, newlines));
    options.onProgress?.(end, text.size);
  }
  append(builder.finish(text.size));
  const written = attemptWrite(indexPath, () => index.finish());

  // Otherwise the index could be bound to content that the text had before, or has now.
  text.check();
  signal?.throwIfAborted();
  const textBytes = text.size;
  await draft.commit({ ...written, linesPerPage, textBytes, fingerprint });
  return { lines: written.lines, textBytes, indexBytes: written.indexBytes };
}

async function reasonToBuild(options: EnsureOptions): Promise<string | undefined> {
  const { textPath, indexPath, linesPerPage, force } = options;
  if (force === true) {
    // Throws if something is at its path that must not be replaced.
    checkIndex(indexPath);
    return "it was asked for";
  }
  await using text = await openText(textPath, { mayBlock: true });
  const freshness = await checkFreshness(text, indexPath, linesPerPage);
  return freshness.kind === "stale" ? freshness.reason : undefined;
}

// A text may be an index itself, and would count as one that can be replaced.
function assertIsNotText(text: TextSource, path: string): void {
  const there = identityIfThere(path);
  const ofText = identityIfThere(text.name);
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
