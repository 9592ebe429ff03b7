import { assertEquals } from "@std/assert";
import { PageCache } from "../../../src/http/page/page_cache.js";
import { PageLines } from "../../../src/http/page/page_lines.js";
import { PageLoader } from "../../../src/http/page/page_loader.js";
import { RequestError } from "../../../src/http/page/server_api.js";

interface Request {
  readonly page: number;
  readonly signal: AbortSignal;
  readonly resolve: (lines: PageLines) => void;
  readonly reject: (error: Error) => void;
}

const PAGE = new PageLines(new Uint8Array(10), new Uint32Array(1), new Set());

/** A loader whose requests are answered by the test. */
function createScene() {
  const requests: Request[] = [];
  const events: string[] = [];
  const cache = new PageCache(1000);
  const loader = new PageLoader({
    cache,
    fetchPage(page, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<PageLines>();
      requests.push({ page, signal, resolve, reject });
      return promise;
    },
    onChange: () => events.push("change"),
    onError: ({ kind }) => events.push(kind),
    onSuccess: () => events.push("success"),
  });
  const pages = () => requests.filter(({ signal }) => !signal.aborted).map(({ page }) => page);
  return { requests, events, cache, loader, pages };
}

/** Runs what waits for settled promises. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

Deno.test("PageLoader.want() requests pages in the given order, at most four at a time", async () => {
  const { requests, events, cache, loader, pages } = createScene();
  loader.want([7, 8, 9, 10, 11, 12]);
  assertEquals(pages(), [7, 8, 9, 10]);
  requests[1]!.resolve(PAGE);
  await settle();
  assertEquals(pages(), [7, 8, 9, 10, 11]);
  assertEquals(loader.requests, 4);
  assertEquals(cache.get(8), PAGE);
  assertEquals(events, ["success", "change"]);
  loader.want([8]);
  assertEquals(loader.requests, 0, "the page is in the cache");
});

Deno.test("PageLoader.want() aborts requests for pages that are no longer wanted", async () => {
  const { requests, events, cache, loader } = createScene();
  loader.want([1, 2]);
  loader.want([2, 3]);
  assertEquals(requests.map(({ page, signal }) => [page, signal.aborted]), [
    [1, true],
    [2, false],
    [3, false],
  ]);
  requests[0]!.reject(new DOMException("aborted", "AbortError"));
  await settle();
  assertEquals(events, [], "an abort is no failure");
  // An answer that comes after the abort is not stored.
  loader.want([4]);
  requests[1]!.resolve(PAGE);
  await settle();
  assertEquals([cache.get(2), events], [undefined, []]);
});

Deno.test("PageLoader requests a failed page again only after retry(), or after it was not wanted", async () => {
  const { requests, events, loader, pages } = createScene();
  loader.want([1]);
  requests[0]!.reject(new RequestError("lost", "connection refused"));
  await settle();
  assertEquals(events, ["lost", "change"]);
  assertEquals(loader.failureOf(1)?.kind, "lost");
  loader.want([1]);
  assertEquals(pages(), [1]);
  loader.retry();
  assertEquals(pages(), [1, 1]);
  assertEquals(loader.failureOf(1), undefined);
  requests[1]!.reject(new Error("any other"));
  await settle();
  assertEquals(events.slice(2), ["failed", "change"]);
  loader.want([2]);
  loader.want([1]);
  assertEquals(pages().at(-1), 1);
  assertEquals(requests.length, 4);
});
