import { detectCodec } from "../source/compressed/codecs.ts";
import { openText } from "../source/open_text.ts";
import { storedBytesOf } from "./format/header.ts";
import { type CheckedIndex, checkIndex } from "./freshness.ts";

/** What was found of a file and its index without reading the file. */
export interface RecordedState {
  readonly fileBytes: number;
  /** Undefined if the file has another size or modification time than the index says, or there is no usable index. */
  readonly checked: CheckedIndex | undefined;
}

/**
 * Finds out whether a file has the size and the modification time that its index has recorded: then the index is fresh.
 * `checkFreshness` also compares samples of the file, which takes much longer for many files.
 *
 * @param raw whether the bytes of a compressed file are the text
 * @throws {TextError} (as a rejection) if the file cannot be read
 * @throws {IndexError} (as a rejection) `foreign` or `unreadable`: it must not be replaced
 */
export async function findRecordedState(
  textPath: string,
  indexPath: string,
  raw: boolean,
): Promise<RecordedState> {
  await using file = await openText(textPath, { mayBlock: true });
  const { size: fileBytes, versionStamp, identity } = file;
  const index = await checkIndex(indexPath);
  if (index.kind === "stale") return { fileBytes, checked: undefined };
  const { header } = index;
  const isSame = storedBytesOf(header) === fileBytes && versionStamp !== undefined &&
    header.versionStamp === versionStamp &&
    header.compressed?.codec === (raw ? undefined : await detectCodec(file));
  return { fileBytes, checked: isSame ? { header, text: identity } : undefined };
}
