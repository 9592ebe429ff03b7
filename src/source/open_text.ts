import { LocalText, type LocalTextOptions } from "./local/local_text.ts";
import { isRemote } from "./remote/remote_location.ts";
import type { TextSource } from "./text_source.ts";

/**
 * Opens a file by its name, as it is stored. Each kind of place is one case here.
 *
 * @param location the path of a file, `s3://bucket/key`, or a URL of HTTP
 * @throws {TextError} (as a rejection) if it is missing, unreadable, not a regular file, or has changed `since` an
 * earlier state
 */
export async function openText(
  location: string,
  options?: LocalTextOptions,
): Promise<TextSource> {
  if (!isRemote(location)) return await LocalText.open(location, options);
  const { since } = options ?? {};
  const { RemoteText } = await import("./remote/remote_text.ts");
  return await RemoteText.open(location, { since });
}
