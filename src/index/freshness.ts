import { sameFingerprint } from "../source/fingerprint.ts";
import type { TextSource } from "../source/text_source.ts";
import type { IndexHeader } from "./format/header.ts";
import { IndexError, type IndexProblem } from "./index_error.ts";
import { readHeader } from "./index_reader.ts";

/** Whether an index can be used. */
export type Freshness =
  | { readonly kind: "fresh"; readonly header: IndexHeader }
  /** With the reason in a few words, such as `there is none`. */
  | { readonly kind: "stale"; readonly reason: string };

const REASONS_TO_REPLACE: { readonly [problem in IndexProblem]?: string } = {
  missing: "there is none",
  damaged: "it is damaged",
  version: "its format has another version",
};

/**
 * Finds out whether an index can be used for a text. The size of the text and the fingerprint of its content
 * decide, not its times: a copied or touched text keeps its index.
 *
 * @param linesPerPage if given, an index with pages of another size is stale too
 * @throws {TextError} (as a rejection) if the text cannot be read
 * @throws {IndexError} (as a rejection) `foreign` or `unreadable`: it must not be replaced
 */
export async function checkFreshness(
  text: TextSource,
  indexPath: string,
  linesPerPage?: number,
): Promise<Freshness> {
  const index = checkIndex(indexPath);
  if (index.kind === "stale") return index;
  const { header } = index;
  const reason = linesPerPage !== undefined && header.linesPerPage !== linesPerPage
    ? `it has ${header.linesPerPage} lines a page, not ${linesPerPage}`
    : describeMismatch(text.size, await text.fingerprint(), header);
  return reason === undefined ? index : { kind: "stale", reason };
}

/**
 * Finds out whether an index can be used for the text it was built from, without looking at that text.
 *
 * @throws {IndexError} `foreign` or `unreadable`: it must not be replaced
 */
export function checkIndex(indexPath: string): Freshness {
  try {
    return { kind: "fresh", header: readHeader(indexPath) };
  } catch (error) {
    const reason = error instanceof IndexError ? REASONS_TO_REPLACE[error.problem] : undefined;
    if (reason === undefined) throw error;
    return { kind: "stale", reason };
  }
}

/**
 * Says in a few words why an index was not built from a text.
 *
 * @returns undefined if it was
 */
export function describeMismatch(
  textBytes: number,
  fingerprint: Uint8Array,
  header: IndexHeader,
): string | undefined {
  if (textBytes !== header.textBytes) {
    return `it was built from ${header.textBytes} bytes, the file has ${textBytes}`;
  }
  return sameFingerprint(fingerprint, header.fingerprint)
    ? undefined
    : "it was built from other content";
}
