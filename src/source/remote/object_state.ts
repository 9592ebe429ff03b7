import { formatCount } from "../messages.ts";
import type { FileIdentity } from "../local/file_identity.ts";
import type { Answer } from "./answer.ts";
import { RemoteChange, RemoteFailure } from "./remote_failure.ts";
import type { Endpoint } from "./endpoint.ts";

/** A state of a remote object: what tells it from every other state without reading it. */
export interface ObjectState {
  readonly size: number;
  /** The strong ETag with its quotes; undefined if the server gives none, or only a weak one. */
  readonly etag: string | undefined;
  /** The weak ETag, which does not tell states apart that the server holds for equal. */
  readonly weakEtag: string | undefined;
  /** The `Last-Modified` header as it was sent; used if there is no strong ETag. */
  readonly lastModified: string | undefined;
}

/** Takes the state out of the head of an answer. */
export function stateOf({ headers }: Answer, size: number): ObjectState {
  const etag = headers.get("etag") ?? undefined;
  const isStrong = etag !== undefined && /^"[^"]+"$/.test(etag);
  return {
    size,
    etag: isStrong ? etag : undefined,
    weakEtag: isStrong ? undefined : etag,
    lastModified: headers.get("last-modified") ?? undefined,
  };
}

/** The identity of a state, for other threads. */
export function identityOfObject(state: ObjectState): FileIdentity {
  const { size, etag, weakEtag = "", lastModified = "" } = state;
  return {
    size,
    modifiedMs: Date.parse(lastModified),
    inode: etag ?? `${weakEtag} ${lastModified}`,
  };
}

/** The header that makes a server refuse a request if the object is in another state. */
export function conditionOf({ etag }: ObjectState): Record<string, string> {
  return etag === undefined ? {} : { "if-match": etag };
}

/**
 * Compares the head of an answer with the state that is expected, whatever the condition of the request was:
 * servers may ignore that.
 *
 * @throws {RemoteChange} if the object is in another state
 * @throws {RemoteFailure} if the answer does not tell
 */
export function assertSameState(before: ObjectState, now: ObjectState): void {
  if (now.size !== before.size) {
    const sizes = `${formatCount(now.size)} bytes, not ${formatCount(before.size)}`;
    throw new RemoteChange(`it has ${sizes}`);
  }
  if (before.etag !== undefined) {
    if (now.etag === before.etag) return;
    if (now.etag === undefined) throw new RemoteFailure("the answer has no strong ETag");
    throw new RemoteChange("its ETag is another one");
  }
  if (now.lastModified !== before.lastModified || now.weakEtag !== before.weakEtag) {
    throw new RemoteChange("it was written to");
  }
}

/** The range that an answer has. */
export interface ContentRange {
  readonly from: number;
  /** Offset after the last byte. */
  readonly to: number;
  /** The size of the object. */
  readonly size: number;
}

/** Parses the `Content-Range` header of status 206; undefined if it does not have all three numbers. */
export function contentRangeOf({ headers }: Answer): ContentRange | undefined {
  const [, from, last, size] = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(
    headers.get("content-range") ?? "",
  ) ?? [];
  if (from === undefined || last === undefined || size === undefined) return undefined;
  const range = { from: Number(from), to: Number(last) + 1, size: Number(size) };
  return Number.isSafeInteger(range.size) ? range : undefined;
}

/** @throws {RemoteFailure} if the body of the answer is not the bytes themselves */
export function assertNotEncoded({ headers }: Answer, endpoint: Endpoint): void {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (endpoint.storesEncoding || encoding === "" || encoding === "identity") return;
  throw new RemoteFailure("the server compresses its answer, although it was asked not to", {
    remedy: "Turn that off for this file.",
  });
}

/** @throws {RemoteFailure} if the length of the body is given, and is another */
export function assertLength({ headers }: Answer, bytes: number): void {
  const length = headers.get("content-length");
  if (length === null || length === `${bytes}`) return;
  throw new RemoteFailure("the length of the answer is not that of the range asked for");
}
