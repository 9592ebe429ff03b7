import { hashSamples, sameFingerprint, WHOLLY_HASHED_MAX_BYTES } from "../source/fingerprint.ts";
import type { FileIdentity } from "../source/local/file_identity.ts";
import { formatCount } from "../source/messages.ts";
import { SourcePart } from "../source/source_part.ts";
import { TextError, type TextSource } from "../source/text_source.ts";
import type { CodecName } from "../source/compressed/codec.ts";
import { type IndexHeader, storedBytesOf } from "./format/header.ts";
import { IndexError, type IndexProblem } from "./index_error.ts";
import { openIndex } from "./index_reader.ts";

/** Whether there is an index. */
export type IndexFound =
  | { readonly kind: "found"; readonly header: IndexHeader }
  /** With the reason in a few words, such as `there is none`. */
  | { readonly kind: "stale"; readonly reason: string };

/** Whether an index can be used for a text. The reasons are a few words. */
export type Freshness =
  | { readonly kind: "fresh"; readonly header: IndexHeader }
  /** The samples of the text are as they were; only a comparison of every line shows whether the rest is. */
  | { readonly kind: "unsure"; readonly header: IndexHeader; readonly reason: string }
  /** The text begins with what the index was built from, as far as the samples show. */
  | { readonly kind: "grown"; readonly header: IndexHeader; readonly reason: string }
  | { readonly kind: "stale"; readonly reason: string };

/**
 * An index, and the state of its text in which the index was found to be right. Plain data: other threads can
 * open both without another comparison, and notice if the text has changed since.
 */
export interface CheckedIndex {
  readonly header: IndexHeader;
  readonly text: FileIdentity;
}

/** Which index is looked for. */
export interface WantedIndex {
  /** What the file is compressed with; undefined if its bytes are the text. */
  readonly codec?: CodecName | undefined;
  /**
   * Whether the bytes of a compressed file are the text.
   *
   * @default {false}
   */
  readonly raw?: boolean | undefined;
  /** An index with pages of another size is stale too. */
  readonly linesPerPage?: number | undefined;
}

const REASONS_TO_REPLACE: { readonly [problem in IndexProblem]?: string } = {
  missing: "there is none",
  damaged: "it is damaged",
  version: "its format has another version",
};

/**
 * Finds out whether an index can be used for a file. It reads no more of the file than its fingerprint needs.
 *
 * @param file as it is stored
 * @throws {TextError} (as a rejection) if the file cannot be read
 * @throws {IndexError} (as a rejection) `foreign` or `unreadable`: it must not be replaced
 */
export async function checkFreshness(
  file: TextSource,
  indexPath: string,
  { codec, raw, linesPerPage }: WantedIndex = {},
): Promise<Freshness> {
  const index = await checkIndex(indexPath);
  if (index.kind === "stale") return index;
  const { header } = index;
  if (header.compressed?.codec !== codec) {
    if (raw !== true && header.compressed !== undefined && isSameVersion(file, header)) {
      throw new TextError(
        `File damaged: ${file.name} (it no longer begins as a compressed file does). Restore it from a copy.`,
      );
    }
    return { kind: "stale", reason: "it was built from the file as another kind" };
  }
  if (linesPerPage !== undefined && header.linesPerPage !== linesPerPage) {
    const reason = `it has ${header.linesPerPage} lines a page, not ${linesPerPage}`;
    return { kind: "stale", reason };
  }
  const oldBytes = Math.min(storedBytesOf(header), file.size);
  const fingerprint = await hashSamples(new SourcePart(file, 0, oldBytes));
  const mismatch = describeMismatch(oldBytes, fingerprint, header);
  if (mismatch !== undefined) return { kind: "stale", reason: mismatch };
  const appendedBytes = file.size - oldBytes;
  if (appendedBytes > 0) {
    const reason = `the file has grown by ${formatBytes(appendedBytes)}`;
    return codec === undefined ? { kind: "grown", header, reason } : { kind: "stale", reason };
  }
  if (provesContent(file, header)) return { kind: "fresh", header };
  return { kind: "unsure", header, reason: describeDoubt(file, header) };
}

/**
 * Whether a file of the size and fingerprint of an index has the content of the index: because it is hashed
 * whole, or because it was not modified since.
 */
export function provesContent(file: TextSource, header: IndexHeader): boolean {
  return file.size <= WHOLLY_HASHED_MAX_BYTES || hasSameStamp(file, header);
}

function isSameVersion(file: TextSource, header: IndexHeader): boolean {
  return file.size === storedBytesOf(header) && hasSameStamp(file, header);
}

function hasSameStamp({ versionStamp }: TextSource, header: IndexHeader): boolean {
  return versionStamp !== undefined && versionStamp === header.versionStamp;
}

function describeDoubt(file: TextSource, header: IndexHeader): string {
  const what = file.isRemote === true ? "ETag" : "modification time";
  if (file.versionStamp === undefined) return noStampReason(file);
  return header.versionStamp === undefined
    ? `the ${what} is not recorded`
    : `the ${what} has changed`;
}

/** Why a file has no version stamp, in a few words. */
export function noStampReason(file: TextSource): string {
  return file.isRemote === true
    ? "the server gives no strong ETag"
    : "the modification time of the file is not in the past";
}

function formatBytes(bytes: number): string {
  return bytes === 1 ? "1 byte" : `${formatCount(bytes)} bytes`;
}

/**
 * Finds out whether an index can be used for the text it was built from, without looking at that text.
 *
 * @throws {IndexError} (as a rejection) `foreign` or `unreadable`: it must not be replaced
 */
export async function checkIndex(indexPath: string): Promise<IndexFound> {
  try {
    await using index = await openIndex(indexPath, { mayBlock: true });
    return { kind: "found", header: index.header };
  } catch (error) {
    const reason = error instanceof IndexError ? REASONS_TO_REPLACE[error.problem] : undefined;
    if (reason === undefined) throw error;
    return { kind: "stale", reason };
  }
}

/**
 * Says in a few words why an index was not built from a file.
 *
 * @returns undefined if it was
 */
export function describeMismatch(
  fileBytes: number,
  fingerprint: Uint8Array,
  header: IndexHeader,
): string | undefined {
  const indexedBytes = storedBytesOf(header);
  if (fileBytes !== indexedBytes) {
    return `it was built from ${indexedBytes} bytes, the file has ${fileBytes}`;
  }
  return sameFingerprint(fingerprint, header.fingerprint)
    ? undefined
    : "it was built from other content";
}
