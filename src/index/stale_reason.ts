import { fingerprint, sameFingerprint } from "../text/fingerprint.ts";
import type { IndexHeader } from "./header.ts";
import { IndexError } from "./index_error.ts";
import { IndexReader } from "./index_reader.ts";
import { TextFile } from "../text/text_file.ts";

/**
 * Says why an index cannot be used for a text, as it is.
 *
 * The text's size and the fingerprint of its content decide, not its times: a copied or touched text
 * keeps its index.
 *
 * @param linesPerPage where given, an index with pages of another size counts as stale too
 * @returns a few words such as "there is none"; `undefined` where the index is fresh
 * @throws {TextError} where the text cannot be read
 * @throws {IndexError} `foreign` or `unreadable`: what must not be replaced
 */
export function staleReason(
  textPath: string,
  indexPath: string,
  linesPerPage?: number,
): string | undefined {
  using text = TextFile.open(textPath);
  try {
    using index = IndexReader.open(indexPath);
    if (linesPerPage !== undefined && index.header.linesPerPage !== linesPerPage) {
      return `it has ${index.header.linesPerPage} lines a page, not ${linesPerPage}`;
    }
    return mismatch(text, index.header);
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    return reasonToReplace(error);
  }
}

/**
 * Says in which way a text is not the one that an index was built from.
 *
 * @returns a few words; `undefined` where it is that text
 * @throws {TextError} where the text cannot be read
 */
export function mismatch(text: TextFile, header: IndexHeader): string | undefined {
  if (text.bytes !== header.textBytes) {
    return `it is of a text of ${header.textBytes} bytes, and this one has ${text.bytes}`;
  }
  return sameFingerprint(fingerprint(text.fd, text.bytes), header.fingerprint)
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
