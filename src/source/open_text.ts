import { LocalText, type LocalTextOptions } from "./local/local_text.ts";
import type { TextSource } from "./text_source.ts";

/**
 * Opens a text by its name. Each kind of text is one case here.
 *
 * @param location the path of a file
 * @throws {TextError} (as a rejection) if it is missing, unreadable or not a regular file
 */
export async function openText(
  location: string,
  options?: LocalTextOptions,
): Promise<TextSource> {
  return await LocalText.open(location, options);
}
