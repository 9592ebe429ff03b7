/** Lets web pages of other origins read answers. */
export class CorsPolicy {
  readonly #origins: ReadonlySet<string>;

  /** @param origins such as `https://example.com`; `*` for all */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Adds what a page of the request's origin needs to read the answer. */
  allow(request: Request, response: Response): void {
    if (this.#origins.size === 0) return;
    const { headers } = response;
    if (this.#origins.has("*")) headers.set("Access-Control-Allow-Origin", "*");
    else {
      headers.append("Vary", "Origin");
      const origin = request.headers.get("Origin");
      if (origin === null || !this.#origins.has(origin)) return;
      headers.set("Access-Control-Allow-Origin", origin);
    }
    headers.set("Access-Control-Expose-Headers", "ETag, Linesvr-Cut-Lines");
    if (request.method !== "OPTIONS") return;
    headers.set("Access-Control-Allow-Methods", headers.get("Allow") ?? "GET");
    headers.set("Access-Control-Allow-Headers", "Content-Type");
    headers.set("Access-Control-Max-Age", "86400");
  }
}
