import { messageOf, RequestError } from "./server_api.js";

/** @import { PageLines } from "./page_lines.js" */
/** @import { PageCache } from "./page_cache.js" */

/** Requests at the same time. Browsers open at most six connections to a server. */
const MAX_REQUESTS = 4;

/**
 * @typedef {object} LoaderOptions
 * @property {PageCache} cache
 * @property {(page: number, signal: AbortSignal) => Promise<PageLines>} fetchPage
 * @property {() => void} onChange called after a page was loaded or has failed
 * @property {(error: RequestError) => void} onError
 * @property {() => void} onSuccess
 */

/**
 * Loads the pages that the window needs.
 *
 * - The pages are requested in the order of the last call of `want`, at most four at a time.
 * - Requests for pages that are no longer wanted are aborted.
 * - A page that failed is not requested again until `retry` is called, or it is wanted again after
 *   it was not.
 */
export class PageLoader {
  #options;
  /** @type {readonly number[]} */
  #wanted = [];
  /** @type {Map<number, AbortController>} */
  #requests = new Map();
  /** @type {Map<number, RequestError>} */
  #failures = new Map();

  /** @param {LoaderOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** @param {readonly number[]} pages the most urgent first */
  want(pages) {
    this.#wanted = pages;
    for (const [page, controller] of this.#requests) {
      if (!pages.includes(page)) {
        this.#requests.delete(page);
        controller.abort();
      }
    }
    for (const page of this.#failures.keys()) {
      if (!pages.includes(page)) this.#failures.delete(page);
    }
    this.#startRequests();
  }

  /** Requests the wanted pages again that have failed. */
  retry() {
    this.#failures.clear();
    this.#startRequests();
  }

  /** @param {number} page @returns {RequestError | undefined} why the page could not be loaded */
  failureOf(page) {
    return this.#failures.get(page);
  }

  /** Whether a page that is wanted could not be loaded. */
  get hasFailures() {
    return this.#failures.size > 0;
  }

  /** The number of requests that are in flight. */
  get requests() {
    return this.#requests.size;
  }

  #startRequests() {
    const { cache } = this.#options;
    for (const page of this.#wanted) {
      if (this.#requests.size >= MAX_REQUESTS) return;
      if (this.#requests.has(page) || this.#failures.has(page)) continue;
      // Pages that are wanted are the last that the cache drops.
      if (cache.get(page) === undefined) void this.#load(page);
    }
  }

  /** @param {number} page */
  async #load(page) {
    const { cache, fetchPage, onChange, onError, onSuccess } = this.#options;
    const controller = new AbortController();
    this.#requests.set(page, controller);
    /** @type {RequestError | undefined} */
    let failure;
    try {
      const lines = await fetchPage(page, controller.signal);
      if (this.#requests.get(page) !== controller) return;
      cache.set(page, lines);
    } catch (error) {
      // The request was aborted because the page is no longer wanted.
      if (this.#requests.get(page) !== controller) return;
      failure = error instanceof RequestError
        ? error
        : new RequestError("failed", messageOf(error));
      this.#failures.set(page, failure);
    }
    this.#requests.delete(page);
    if (failure === undefined) onSuccess();
    else onError(failure);
    this.#startRequests();
    onChange();
  }
}
