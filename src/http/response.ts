import type { Body } from "./body/body_writer.ts";
import { acceptsGzip, matchesEtag } from "./conditional.ts";

/** Bodies of fewer bytes are not compressed: the time to do so is longer than the time that it saves. */
export const GZIP_MIN_BYTES: number = 8 * 1024;

/** How long clients may keep what they got. */
export type Caching =
  /** For ever: the address names the content. */
  | "immutable"
  /** As long as the server says that the ETag is the same. */
  | "revalidate"
  | "none";

const CACHE_CONTROL: Readonly<Record<Caching, string>> = {
  immutable: "public, max-age=31536000, immutable",
  revalidate: "no-cache",
  none: "no-store",
};

/** What is sent, apart from its body. */
export interface Representation {
  readonly contentType: string;
  readonly caching: Caching;
  /** Identifies the bytes, without the quotes. */
  readonly tag?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The answer 304 if the client has the content already.
 *
 * @returns undefined if the content has to be sent
 */
export function notModified(request: Request, shown: Representation): Response | undefined {
  const { tag } = shown;
  const ifNoneMatch = request.headers.get("If-None-Match");
  if (tag === undefined || ifNoneMatch === null) return undefined;
  const etag = [`"${tag}"`, `"${tag}-gzip"`].find((one) => matchesEtag(ifNoneMatch, one));
  if (etag === undefined) return undefined;
  return new Response(null, {
    status: 304,
    headers: { "Cache-Control": CACHE_CONTROL[shown.caching], "ETag": etag },
  });
}

/**
 * The answer 200 with a body, compressed if the client accepts that and it is large.
 *
 * @param byteLength of the body, if it is known
 */
export function bodyResponse(
  request: Request,
  shown: Representation,
  body: Body,
  byteLength: number | undefined = body.kind === "bytes" ? body.bytes.length : undefined,
): Response {
  const isLarge = byteLength === undefined || byteLength >= GZIP_MIN_BYTES;
  const isCompressed = isLarge && acceptsGzip(request.headers.get("Accept-Encoding"));
  const headers: Record<string, string> = {
    "Content-Type": shown.contentType,
    "Cache-Control": CACHE_CONTROL[shown.caching],
    "X-Content-Type-Options": "nosniff",
    ...shown.headers,
  };
  if (shown.tag !== undefined) headers["ETag"] = `"${shown.tag}${isCompressed ? "-gzip" : ""}"`;
  // What is kept otherwise is compared by its ETag each time, and each form of it has one of its own.
  if (shown.caching === "immutable") headers["Vary"] = "Accept-Encoding";
  if (isCompressed) headers["Content-Encoding"] = "gzip";
  else if (byteLength !== undefined) headers["Content-Length"] = `${byteLength}`;
  const content = body.kind === "bytes" ? body.bytes : body.stream;
  return new Response(isCompressed ? compress(content) : content, { headers });
}

/**
 * The head of the answers with short lines. There is one for all of them, with as few headers as possible: Deno checks each
 * value, which takes much longer for a new string. Deno adds the length.
 */
export function shortLineHead(tag: string): ResponseInit {
  return {
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": CACHE_CONTROL.revalidate,
      "ETag": `"${tag}"`,
      "X-Content-Type-Options": "nosniff",
    },
  };
}

function compress(
  content: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream = content instanceof Uint8Array ? new Blob([content]).stream() : content;
  return stream.pipeThrough(new CompressionStream("gzip"));
}
