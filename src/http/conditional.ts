/** Whether a header `If-None-Match` names an ETag. A weak one matches too, as RFC 9110 says for this header. */
export function matchesEtag(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch === etag) return true;
  return ifNoneMatch.split(",").map((one) => one.trim().replace(/^W\//, ""))
    .some((one) => one === etag || one === "*");
}

/** Whether a client accepts an encoding of the content, by its header `Accept-Encoding`. */
export function acceptsGzip(acceptEncoding: string | null): boolean {
  if (acceptEncoding === null) return false;
  return acceptEncoding.toLowerCase().split(",").some((one) => {
    const [, quality] = /^\s*(?:gzip|\*)\s*(?:;\s*q=([\d.]+)\s*)?$/.exec(one) ?? [];
    return /^\s*(?:gzip|\*)\s*(?:;|$)/.test(one) && Number(quality ?? "1") > 0;
  });
}
