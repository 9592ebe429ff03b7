import { openText } from "../source/open_text.ts";
import { type CheckedIndex, checkIndex } from "./freshness.ts";

/** What was found of a text and its index without reading the text. */
export interface RecordedState {
  readonly textBytes: number;
  /** Undefined if the text has another size or modification time than the index says, or there is no usable index. */
  readonly checked: CheckedIndex | undefined;
}

/**
 * Finds out whether a text has the size and the modification time that its index has recorded: then the index is fresh.
 * `checkFreshness` also compares samples of the text, which takes much longer for many texts.
 *
 * @throws {TextError} (as a rejection) if the text cannot be read
 * @throws {IndexError} (as a rejection) `foreign` or `unreadable`: it must not be replaced
 */
export async function findRecordedState(
  textPath: string,
  indexPath: string,
): Promise<RecordedState> {
  await using text = await openText(textPath, { mayBlock: true });
  const { size: textBytes, modifiedMs, identity } = text;
  const index = checkIndex(indexPath);
  if (index.kind === "stale") return { textBytes, checked: undefined };
  const { header } = index;
  const isSame = header.textBytes === textBytes && modifiedMs !== undefined &&
    header.modifiedMs === modifiedMs;
  return { textBytes, checked: isSame ? { header, text: identity } : undefined };
}
