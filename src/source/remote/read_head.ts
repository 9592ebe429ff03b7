import { openEndpoint, policyOf, type RemoteOptions } from "./open_endpoint.ts";
import { contentRangeOf } from "./object_state.ts";
import { RemoteFailure, toRemoteError } from "./remote_failure.ts";
import { request } from "./request.ts";

/**
 * Reads the beginning of a remote file, whatever its state.
 *
 * @param bytes how much of it; less if the file is shorter
 * @returns undefined if there is no file
 * @throws {TextError} (as a rejection) if it cannot be read
 */
export async function readHead(
  location: string,
  bytes: number,
  options: RemoteOptions = {},
): Promise<Uint8Array | undefined> {
  const endpoint = openEndpoint(location, options);
  const policy = policyOf(options);
  const parts = { method: "GET", headers: { range: `bytes=0-${bytes - 1}` } } as const;
  try {
    return await request(
      endpoint,
      parts,
      async (answer) => {
        if (answer.status === 404) return undefined;
        // An empty file has no range.
        if (answer.status === 416) return new Uint8Array();
        if (answer.status === 200 && answer.headers.get("content-length") === "0") {
          return new Uint8Array();
        }
        await answer.expect(206);
        const range = contentRangeOf(answer);
        if (range === undefined || range.from !== 0 || range.to > bytes) {
          throw new RemoteFailure("the server sent another range than the one asked for");
        }
        const head = new Uint8Array(range.to);
        await answer.fill(head);
        return head;
      },
      policy,
      options.signal,
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toRemoteError("read", endpoint.name, error);
  }
}
