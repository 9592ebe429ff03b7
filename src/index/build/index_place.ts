import { isRemote } from "../../source/remote/remote_location.ts";
import type { IndexPlace } from "./remote_place.ts";

/**
 * Prepares to write an index. An index for a server is written to a temporary folder first.
 *
 * @throws {IndexError} (as a rejection) `unwritable`, or `foreign` if it would overwrite something else
 */
export async function indexPlaceOf(location: string, signal?: AbortSignal): Promise<IndexPlace> {
  if (!isRemote(location)) return new LocalPlace(location);
  const { openRemotePlace } = await import("./remote_place.ts");
  return await openRemotePlace(location, signal);
}

class LocalPlace implements IndexPlace {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Does nothing: it was renamed when it was complete. */
  publish(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
