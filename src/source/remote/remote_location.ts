/**
 * Names of remote files: `s3://bucket/key`, and URLs.
 *
 * @module
 */
import { TextError } from "../text_source.ts";

/** An object in a bucket. */
export interface S3Location {
  readonly kind: "s3";
  readonly bucket: string;
  /** Not encoded. */
  readonly key: string;
  /** For messages. */
  readonly name: string;
}

/** What a web server has. */
export interface HttpLocation {
  readonly kind: "http";
  /** With its query, without user, password and fragment. */
  readonly url: string;
  /** Value of the `Authorization` header; undefined if the URL has no user. */
  readonly authorization: string | undefined;
  /** For messages: without user, password, query and fragment, because each may hold a secret. */
  readonly name: string;
}

/** Where a remote file is. */
export type RemoteLocation = S3Location | HttpLocation;

/** The unit in which remote files are cached: a request costs as much as the transfer of such a block. */
export const REMOTE_BLOCK_BYTES: number = 64 * 1024;

/** A key has up to this many bytes in UTF-8. */
export const S3_KEY_MAX_BYTES = 1024;

/** What the name of an index ends with. */
export const INDEX_SUFFIX = ".lineidx";

const REMOTE = /^(?:s3|https?):\/\//i;
const S3 = /^s3:\/\/([^/]*)\/?(.*)$/is;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,254}$/i;

/** Whether a location is of a remote file, not a path. */
export function isRemote(location: string): boolean {
  return REMOTE.test(location);
}

/** @throws {TextError} if it is not valid; the message shows nothing of it that may be secret */
export function parseRemote(location: string): RemoteLocation {
  const [, bucket, key] = S3.exec(location) ?? [];
  return bucket === undefined || key === undefined ? parseUrl(location) : parseS3(bucket, key);
}

/** The name of a file for messages: its path, or its address without secrets. */
export function locationName(location: string): string {
  return isRemote(location) ? remoteName(location) : location;
}

/** The name of a remote file for messages. */
export function remoteName(location: string): string {
  return parseRemote(location).name;
}

/** The location of the index next to a remote file. The query of a URL is kept. */
export function remoteIndexLocation(location: string): string {
  if (parseRemote(location).kind === "s3") return location + INDEX_SUFFIX;
  const url = new URL(location);
  url.pathname += INDEX_SUFFIX;
  url.hash = "";
  return url.href;
}

/** The location of an object. */
export function s3Location(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

function parseS3(bucket: string, key: string): S3Location {
  const name = printable(s3Location(bucket, key));
  if (!BUCKET.test(bucket)) throw invalid(name, "not a valid name of a bucket");
  if (key === "") throw invalid(name, "the key is missing");
  if (!key.isWellFormed()) throw invalid(name, "the key is not valid Unicode");
  if (new TextEncoder().encode(key).length > S3_KEY_MAX_BYTES) {
    throw invalid(name, "the key is too long");
  }
  // Every HTTP client, the one of Deno too, resolves such segments before it sends the request.
  if (key.split("/").some((segment) => segment === "." || segment === "..")) {
    throw invalid(name, "a key with . or .. between slashes cannot be requested");
  }
  return { kind: "s3", bucket, key, name };
}

function parseUrl(location: string): HttpLocation {
  const url = URL.parse(location);
  if (url === null || url.hostname === "") {
    // What is not valid may have a password anywhere.
    throw invalid(`${REMOTE.exec(location)?.[0] ?? ""}…`, "not a valid URL");
  }
  const name = printable(url.origin + url.pathname);
  const authorization = authorizationOf(url, name);
  url.username = "";
  url.password = "";
  url.hash = "";
  return { kind: "http", url: url.href, authorization, name };
}

function authorizationOf({ username, password }: URL, name: string): string | undefined {
  if (username === "" && password === "") return undefined;
  try {
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${new TextEncoder().encode(user).toBase64()}`;
  } catch {
    throw invalid(name, "user or password is not encoded as in a URL");
  }
}

// Messages have one line.
function printable(name: string): string {
  // deno-lint-ignore no-control-regex
  return name.toWellFormed().replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, encodeURIComponent);
}

function invalid(name: string, reason: string): TextError {
  return new TextError(`Cannot read file: ${name} (${reason}). Check its spelling.`);
}
