import { Actor } from "../actor/actor.ts";
import type { IndexPage } from "../index/format/index_page.ts";

/** How many pages are read at a time. */
export const LOADS_MAX = 8;

/** How many pages are read at a time from a server, which answers later than a disk. */
export const REMOTE_LOADS_MAX = 64;

/** The bounds of a loader. */
export interface PageLoaderBounds {
  /** Messages that may wait in the mailbox, 1 or more. */
  readonly mailboxCapacity: number;
  /** Pages that are read at a time, 1 or more. */
  readonly loadsMax: number;
}

/** The message that asks for a page. */
export interface LoadPage {
  readonly pageNumber: number;
  /** Called with the page once it is cached. */
  readonly resolve: (page: IndexPage) => void;
  /** Called if it cannot be read, or is damaged. */
  readonly reject: (error: unknown) => void;
}

/** Where the loader reads pages, and where it puts them. */
export interface PageLoaderContext {
  /** Reads a page; may reject. */
  readonly read: (pageNumber: number) => Promise<IndexPage>;
  /** Caches a page. */
  readonly store: (pageNumber: number, page: IndexPage) => void;
}

/**
 * The actor that reads index pages. Every read that has to be awaited goes through its mailbox.
 *
 * - Order: reads begin in the order of the messages; `loadsMax` of them run at a time.
 * - Backpressure: `send` waits while the mailbox is full.
 * - A page that could not be read is not remembered: the next message tries again.
 */
export class PageLoader extends Actor<LoadPage> {
  readonly #context: PageLoaderContext;
  readonly #loadsMax: number;
  readonly #loads = new Set<Promise<void>>();

  constructor(context: PageLoaderContext, { mailboxCapacity, loadsMax }: PageLoaderBounds) {
    super(mailboxCapacity);
    this.#context = context;
    this.#loadsMax = loadsMax;
  }

  protected override async handle(message: LoadPage): Promise<void> {
    if (this.#loads.size === this.#loadsMax) await Promise.race(this.#loads);
    const load: Promise<void> = this.#load(message).finally(() => this.#loads.delete(load));
    this.#loads.add(load);
  }

  protected override async finish(): Promise<void> {
    await Promise.all(this.#loads);
  }

  // Never rejects: the failure is the sender's.
  async #load({ pageNumber, resolve, reject }: LoadPage): Promise<void> {
    try {
      const page = await this.#context.read(pageNumber);
      this.#context.store(pageNumber, page);
      resolve(page);
    } catch (error) {
      reject(error);
    }
  }
}
