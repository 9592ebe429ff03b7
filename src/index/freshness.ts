import { fingerprint, sameFingerprint } from "../source/fingerprint.ts";
import type { IndexHeader } from "./format/header.ts";
import { IndexError } from "./index_error.ts";
import { readHeader } from "./index_file.ts";
import { TextFile } from "../source/local/text_file.ts";

/**
 * Says why an index cannot be used for a text, as it is.
 *
 * The text's size and the fingerprint of its content decide, not its times: a copied or touched text
 * keeps its index.
 *
 * @param linesPerPage where given, an index with pages of another size counts as stale too
 * @returns a few words such as "there is none"; `undefined` where the index is fresh
 * @throws {TextError} (as a rejection) where the text cannot be read
 * @throws {IndexError} (as a rejection) `foreign` or `unreadable`: what must not be replaced
 */
export async function staleReason(
  textPath: string,
  indexPath: string,
  linesPerPage?: number,
): Promise<string | undefined> {
  using text = TextFile.open(textPath);
  const header = headerOrReason(indexPath);
  if (typeof header === "string") return header;
  if (linesPerPage !== undefined && header.linesPerPage !== linesPerPage) {
    return `it has ${header.linesPerPage} lines a page, not ${linesPerPage}`;
  }
  return mismatch(text.bytes, await fingerprint(text), header);
}

/**
 * Reads the header of an index, or says why the index is to be replaced, whatever its text is.
 *
 * @returns the header, or a few words
 * @throws {IndexError} `foreign` or `unreadable`: what must not be replaced
 */
export function headerOrReason(indexPath: string): IndexHeader | string {
  try {
    return readHeader(indexPath);
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    return reasonToReplace(error);
  }
}

/**
 * Says in which way a text is not the one that an index was built from.
 *
 * @param textBytes the text's size
 * @param textFingerprint the text's fingerprint
 * @returns a few words; `undefined` where it is that text
 */
export function mismatch(
  textBytes: number,
  textFingerprint: Uint8Array,
  header: IndexHeader,
): string | undefined {
  if (textBytes !== header.textBytes) {
    return `it is of a text of ${header.textBytes} bytes, and this one has ${textBytes}`;
  }
  return sameFingerprint(textFingerprint, header.fingerprint)
    ? undefined
    : "it is of a text with other content";
}

function reasonToReplace(error: IndexError): string {
  switch (error.problem) {
    case "missing":
      return "there is none";
    case "damaged":
      return "it is damaged";
    case "version":
      return "it is of another version";
    default:
      throw error;
  }
}
