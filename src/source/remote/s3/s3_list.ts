import { formatCount } from "../../messages.ts";
import { TextError } from "../../text_source.ts";
import { policyOf, type RemoteOptions, S3Endpoint } from "../open_endpoint.ts";
import { RemoteFailure, toRemoteError } from "../remote_failure.ts";
import { INDEX_SUFFIX, parseRemote, s3Location } from "../remote_location.ts";
import type { Endpoint } from "../endpoint.ts";
import { request } from "../request.ts";
import type { RequestPolicy } from "../request_policy.ts";
import { xmlText, xmlTexts } from "./s3_xml.ts";

/** The most objects that a pattern can match. */
export const LIST_MAX = 100_000;

/** The most requests for one list; each gives up to 1,000 keys, many of which may not match. */
export const LIST_REQUESTS_MAX = 1_000;

/** The largest page of a list: 1,000 encoded keys of 1,024 bytes, and what S3 says of each. */
const PAGE_MAX_BYTES: number = 8 * 1024 * 1024;

interface ListPage {
  readonly keys: readonly string[];
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}

/** Whether a location is a pattern for {@linkcode listObjects}. */
export function isPattern(location: string): boolean {
  return /^s3:\/\/[^/]*\/.*\*/is.test(location);
}

/**
 * Finds the objects whose keys match a pattern, without the indexes among them.
 *
 * @param pattern `s3://bucket/data/*.jsonl`; each `*` stands for any characters but slashes
 * @returns their locations, in the order of the bytes of their keys
 * @throws {TextError} (as a rejection) if there is none, there are too many, or they cannot be listed
 */
export async function listObjects(pattern: string, options: RemoteOptions = {}): Promise<string[]> {
  const parsed = parseRemote(pattern);
  if (parsed.kind !== "s3") throw new TextError(`Cannot list files: ${parsed.name} (not on S3).`);
  const { bucket, key, name } = parsed;
  const endpoint = new S3Endpoint({ bucket, name }, options.s3);
  const policy = policyOf(options);
  try {
    const keys = await matchingKeys(endpoint, key, policy, options.signal);
    if (keys.length === 0) {
      throw new RemoteFailure("no file matches", { remedy: "Check the pattern." });
    }
    return keys.map((key) => s3Location(bucket, key));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toRemoteError("list", name, error);
  }
}

async function matchingKeys(
  endpoint: Endpoint,
  pattern: string,
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const keys: string[] = [];
  let next: string | undefined;
  for (let requests = 0; requests < LIST_REQUESTS_MAX; requests++) {
    const page = await listPage(endpoint, pattern, next, policy, signal);
    keys.push(...page.keys.filter((key) => matchesPattern(key, pattern)));
    if (keys.length > LIST_MAX) break;
    if (page.next === undefined) return sortedByBytes(keys);
    if (page.next === next) throw new RemoteFailure("the list does not end");
    next = page.next;
  }
  throw new RemoteFailure(`more than ${formatCount(LIST_MAX)} files, or too many others`, {
    remedy: "Choose a pattern that matches less.",
  });
}

/** Whether a key, which is not one of an index, matches a pattern of {@linkcode listObjects}. */
export function matchesPattern(key: string, pattern: string): boolean {
  if (key.endsWith("/") || key.endsWith(INDEX_SUFFIX)) return false;
  const segments = key.split("/");
  const patterns = pattern.split("/");
  return segments.length === patterns.length &&
    segments.every((segment, i) => matchesSegment(segment, patterns[i]!));
}

// Each part at its first place after the one before: no other places can match if these do not.
function matchesSegment(segment: string, pattern: string): boolean {
  const [first = "", ...parts] = pattern.split("*");
  const last = parts.pop();
  if (last === undefined) return segment === first;
  if (!segment.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = segment.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return segment.length - last.length >= at && segment.endsWith(last);
}

async function listPage(
  endpoint: Endpoint,
  pattern: string,
  token: string | undefined,
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<ListPage> {
  const star = pattern.indexOf("*");
  const query = {
    "list-type": "2",
    "encoding-type": "url",
    prefix: star < 0 ? pattern : pattern.slice(0, star),
    // What is deeper than the pattern is not listed.
    ...(pattern.includes("/", Math.max(star, 0)) ? {} : { delimiter: "/" }),
    ...(token === undefined ? {} : { "continuation-token": token }),
  };
  const parts = { method: "GET", query, answerBytes: PAGE_MAX_BYTES } as const;
  return await request(
    endpoint,
    parts,
    async (answer) => {
      await answer.expect(200);
      return parsePage(await answer.text(PAGE_MAX_BYTES));
    },
    policy,
    signal,
  );
}

function parsePage(document: string): ListPage {
  const isTruncated = xmlText(document, "IsTruncated");
  const next = xmlText(document, "NextContinuationToken");
  if (isTruncated !== "true" && isTruncated !== "false") throw notAList();
  if (isTruncated === "true" && next === undefined) throw notAList();
  const keys = xmlTexts(document, "Key");
  const isEncoded = xmlText(document, "EncodingType") === "url";
  return {
    keys: isEncoded ? keys.map(decodeKey) : keys,
    next: isTruncated === "true" ? next : undefined,
  };
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    throw notAList();
  }
}

function notAList(): RemoteFailure {
  return new RemoteFailure("the answer is not a list of S3");
}

// Not all servers list in order; and JavaScript compares UTF-16, in which some characters have another order.
function sortedByBytes(keys: readonly string[]): string[] {
  const encoder = new TextEncoder();
  return keys.map((key) => ({ key, bytes: encoder.encode(key) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes))
    .map(({ key }) => key);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}
