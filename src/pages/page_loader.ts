import { Actor } from "../actor/actor.ts";
import type { IndexPage } from "../index/format/index_page.ts";
import type { PageSource } from "./page_source.ts";

/** What came of loading a page. It is a value, never a rejection: several connections may wait for it. */
export type PageResult =
  | { readonly ok: true; readonly page: IndexPage }
  | { readonly ok: false; readonly error: Error };

/** A page on its way. */
export interface PageRequest {
  /** The page that was asked for. */
  readonly pageNumber: number;
  /** Resolves when the page is in memory, or could not be loaded. */
  readonly result: Promise<PageResult>;
}

/** The message that asks the loader for a page. */
export interface LoadPage extends PageRequest {
  /** Tells all who wait. */
  readonly resolve: (result: PageResult) => void;
}

/** What keeps pages that were loaded, as long as it sees fit. */
export interface PageKeeper {
  /** Takes a page in. */
  set(pageNumber: number, page: IndexPage): void;
}

/**
 * The actor that reads index pages into memory; nothing else in a server does.
 *
 * - What the system has in memory is read without a message: it would take longer to wait for than to read.
 * - Single flight: a request for a page that is already on its way joins it.
 * - Backpressure: `request` waits while the mailbox is full.
 * - A page that could not be loaded is not remembered: the next request tries again.
 */
export class PageLoader extends Actor<LoadPage> {
  readonly #source: PageSource;
  readonly #keeper: PageKeeper;
  readonly #inFlight = new Map<number, PageRequest>();

  /**
   * Makes a loader that is waiting for requests.
   *
   * @param source where pages come from
   * @param keeper who keeps them
   * @param mailboxCapacity requests that may wait in the mailbox, 1 or more
   */
  constructor(source: PageSource, keeper: PageKeeper, mailboxCapacity: number) {
    super(mailboxCapacity);
    this.#source = source;
    this.#keeper = keeper;
  }

  /** How many different pages are on their way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /**
   * Loads a page where that should not have to wait for the disk.
   *
   * @returns `undefined` where it has to, is on its way already, or cannot be loaded: {@linkcode request}
   * says why
   */
  loadAtHand(pageNumber: number): IndexPage | undefined {
    if (this.#inFlight.has(pageNumber)) return undefined;
    try {
      const page = this.#source.readAtHand(pageNumber);
      if (page !== undefined) this.#keeper.set(pageNumber, page);
      return page;
    } catch {
      // It fails again, and is reported, where a message asks for it.
      return undefined;
    }
  }

  /**
   * Asks for a page.
   *
   * @returns resolves once the request is in the mailbox, or has joined one that is on its way
   * @throws {MailboxClosedError} (as a rejection) where the loader was stopped
   */
  async request(pageNumber: number): Promise<PageRequest> {
    const joined = this.#inFlight.get(pageNumber);
    if (joined !== undefined) return joined;
    const { promise: result, resolve } = Promise.withResolvers<PageResult>();
    const message = { pageNumber, result, resolve };
    this.#inFlight.set(pageNumber, message);
    try {
      await this.send(message);
    } catch (error) {
      this.#settle(message, { ok: false, error: asError(error) });
      throw error;
    }
    return message;
  }

  /** Loads one page and tells all who wait for it. */
  protected override async handle(message: LoadPage): Promise<void> {
    this.#settle(message, await this.#load(message.pageNumber));
  }

  async #load(pageNumber: number): Promise<PageResult> {
    try {
      const page = await this.#source.readPage(pageNumber);
      this.#keeper.set(pageNumber, page);
      return { ok: true, page };
    } catch (error) {
      return { ok: false, error: asError(error) };
    }
  }

  #settle(message: LoadPage, result: PageResult): void {
    this.#inFlight.delete(message.pageNumber);
    message.resolve(result);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
