import type { IndexPage } from "../index/format/index_page.ts";
import { type Layout, pageOfLine } from "../index/format/layout.ts";
import type { IndexReader } from "../index/index_reader.ts";
import { type LineBatch, NOT_LOCATED, spanInPage } from "./line_batch.ts";
import type { PageFrames } from "./page_frames.ts";
import { LOADS_MAX, PageLoader, REMOTE_LOADS_MAX } from "./page_loader.ts";

/** Pages of an index: those that are in no frame. */
export interface PageStore {
  /** The page, if that takes no read that blocks. A page that is damaged counts as not available. */
  peek(pageNumber: number): IndexPage | undefined;
  /**
   * The page. It comes through the page loader's bounded mailbox; concurrent calls for one page share one
   * read.
   *
   * @throws {IndexError} (as a rejection) if the page cannot be read, or is damaged
   */
  load(pageNumber: number): Promise<IndexPage>;
}

/**
 * Locates the lines of a batch whose pages are in no frame, as far as that takes no read that blocks.
 *
 * @param batch its `lines` are 0, or 1 to the number of lines
 * @param from the first line of the batch that is located
 * @param to the line after the last one
 */
export function peekPages(
  { lines, starts, ends, count }: LineBatch,
  index: Pick<Layout, "linesPerPage">,
  pages: PageStore,
  from = 0,
  to: number = count,
): void {
  // Several lines may be in one page, which may be in no frame after it was read either.
  const peeked = new Map<number, IndexPage | undefined>();
  for (let i = from; i < to; i++) {
    const lineNumber = lines[i]!;
    if (lineNumber === 0 || starts[i] !== NOT_LOCATED) continue;
    const pageNumber = pageOfLine(index, lineNumber);
    if (!peeked.has(pageNumber)) peeked.set(pageNumber, pages.peek(pageNumber));
    const page = peeked.get(pageNumber);
    if (page === undefined) continue;
    const span = spanInPage(page, lineNumber, index.linesPerPage);
    starts[i] = span.start;
    ends[i] = span.end;
  }
}

const MAILBOX_CAPACITY = 1024;

/** Reads pages of an index, and puts them into frames; the few that fit into no frame, into a map. */
export class IndexPages implements PageStore {
  readonly #index: IndexReader;
  readonly #frames: PageFrames;
  readonly #oversize: OversizePages;
  readonly #loader: PageLoader;
  readonly #loading = new Map<number, Promise<IndexPage>>();

  /**
   * @param index the caller disposes of it, after `stop`
   * @param oversizeBytes memory for pages that fit into no frame
   */
  constructor(index: IndexReader, frames: PageFrames, oversizeBytes: number) {
    this.#index = index;
    this.#frames = frames;
    this.#oversize = new OversizePages(oversizeBytes);
    this.#loader = new PageLoader({
      read: (pageNumber) => index.readPage(pageNumber),
      store: (pageNumber, page) => {
        this.#store(pageNumber, page);
        if (index.isRemote && frames.holdsAll) this.#storeNeighbours(pageNumber);
      },
    }, {
      mailboxCapacity: MAILBOX_CAPACITY,
      loadsMax: index.isRemote ? REMOTE_LOADS_MAX : LOADS_MAX,
    });
  }

  peek(pageNumber: number): IndexPage | undefined {
    const cached = this.#oversize.get(pageNumber);
    if (cached !== undefined || this.#loading.has(pageNumber)) return cached;
    const page = this.#tryRead(pageNumber);
    if (page !== undefined) this.#store(pageNumber, page);
    return page;
  }

  load(pageNumber: number): Promise<IndexPage> {
    const joined = this.#loading.get(pageNumber);
    if (joined !== undefined) return joined;
    const loading = this.#request(pageNumber).finally(() => this.#loading.delete(pageNumber));
    this.#loading.set(pageNumber, loading);
    return loading;
  }

  /** How many messages wait for the page loader. */
  get waitingMessages(): number {
    return this.#loader.waitingMessages;
  }

  /** Waits for the pages that are being loaded, and refuses further ones. */
  async stop(): Promise<void> {
    await this.#loader.stop();
  }

  // The failure is reported by `load`.
  #tryRead(pageNumber: number): IndexPage | undefined {
    try {
      return this.#index.tryReadPage(pageNumber);
    } catch {
      return undefined;
    }
  }

  async #request(pageNumber: number): Promise<IndexPage> {
    const { promise, resolve, reject } = Promise.withResolvers<IndexPage>();
    await this.#loader.send({ pageNumber, resolve, reject });
    return await promise;
  }

  // A request for a page of a server brings the pages around it too. If all pages can be cached, each is asked for once.
  #storeNeighbours(pageNumber: number): void {
    for (const step of [-1, 1]) {
      for (let next = pageNumber + step; this.#storeIfRead(next); next += step);
    }
  }

  #storeIfRead(pageNumber: number): boolean {
    if (pageNumber < 0 || pageNumber >= this.#index.pages || this.#frames.has(pageNumber)) {
      return false;
    }
    const page = this.#tryRead(pageNumber);
    if (page === undefined) return false;
    this.#store(pageNumber, page);
    return true;
  }

  #store(pageNumber: number, page: IndexPage): void {
    if (!this.#frames.set(pageNumber, page)) this.#oversize.set(pageNumber, page);
  }
}

/** Pages that fit into no frame, within a budget. The oldest goes first. */
class OversizePages {
  readonly #budgetBytes: number;
  // A map keeps the order of insertion.
  readonly #pages = new Map<number, IndexPage>();
  #usedBytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get(pageNumber: number): IndexPage | undefined {
    return this.#pages.get(pageNumber);
  }

  set(pageNumber: number, page: IndexPage): void {
    if (page.memoryBytes > this.#budgetBytes || this.#pages.has(pageNumber)) return;
    this.#pages.set(pageNumber, page);
    this.#usedBytes += page.memoryBytes;
    for (const [oldest, { memoryBytes }] of this.#pages) {
      if (this.#usedBytes <= this.#budgetBytes) return;
      this.#pages.delete(oldest);
      this.#usedBytes -= memoryBytes;
    }
  }
}
