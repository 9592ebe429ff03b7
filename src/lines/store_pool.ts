import type { OpenLineStore } from "./open_lines.ts";

/** After this time a file that could not be opened is tried again, when one of its lines is requested. */
export const RETRY_AFTER_MS = 1_000;

/** What a pool works with. */
export interface StorePoolOptions {
  /** How many files there are. */
  readonly files: number;
  /** How many of them are open at a time: 1 or more. */
  readonly openMax: number;
  /** Opens a file by its position. */
  readonly open: (fileIndex: number) => Promise<OpenLineStore>;
  /** Called before a file is closed because others are needed. */
  readonly onClose: (store: OpenLineStore) => void;
  /** @default {performance.now} */
  readonly nowMs?: () => number;
}

/** A file that is not closed until the lease is released, or why it could not be opened. */
export interface Lease {
  readonly store: OpenLineStore | Error;
  /** To be called once. */
  release(): void;
}

interface Entry {
  opening: Promise<void> | undefined;
  failure: Error | undefined;
  retryAtMs: number;
  leases: number;
}

/**
 * Files that are opened when their lines are requested.
 *
 * - Capacity: at most `openMax` files are open. The one that was not used for the longest time is closed for another one.
 * - A file with a lease is not closed. If all have one, `acquire` waits until one is released.
 * - A failure to open a file is remembered for {@linkcode RETRY_AFTER_MS}.
 */
export class StorePool implements AsyncDisposable {
  readonly #options: StorePoolOptions;
  readonly #entries: readonly Entry[];
  // By file, next to each other, because they are needed for each line: the file if it is open, and its last use, by a count of
  // all uses.
  readonly #stores: (OpenLineStore | undefined)[];
  readonly #usedAt: Float64Array;
  readonly #open = new Set<number>();
  readonly #nowMs: () => number;
  // Files that are open, are being opened or are being closed.
  #taken = 0;
  #uses = 0;
  readonly #waiting: (() => void)[] = [];
  // How often there was room for another file, or there may have been.
  #wakes = 0;

  constructor(options: StorePoolOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#stores = Array(options.files).fill(undefined);
    this.#usedAt = new Float64Array(options.files);
    this.#entries = Array.from({ length: options.files }, () => ({
      opening: undefined,
      failure: undefined,
      retryAtMs: 0,
      leases: 0,
    }));
  }

  /** How many files are open. */
  get openFiles(): number {
    return this.#open.size;
  }

  /** The files that are open. */
  *stores(): Generator<OpenLineStore> {
    for (const fileIndex of this.#open) yield this.#stores[fileIndex]!;
  }

  /** A file if it is open, for use in this turn of the event loop; or why it could not be opened just before. */
  peek(fileIndex: number): OpenLineStore | Error | undefined {
    this.#usedAt[fileIndex] = ++this.#uses;
    return this.look(fileIndex);
  }

  /** As {@linkcode peek}, but does not count as a use. */
  look(fileIndex: number): OpenLineStore | Error | undefined {
    const store = this.#stores[fileIndex];
    if (store !== undefined) return store;
    const entry = this.#entries[fileIndex]!;
    if (entry.failure === undefined) return undefined;
    if (this.#nowMs() < entry.retryAtMs) return entry.failure;
    return entry.failure = undefined;
  }

  /** Opens a file if needed; waits while too many are open and have a lease. */
  async acquire(fileIndex: number): Promise<Lease> {
    for (;;) {
      const wakes = this.#wakes;
      const lease = await this.tryAcquire(fileIndex);
      if (lease !== undefined) {
        // It takes no room: the next one that waits can have it.
        if (lease.store instanceof Error) this.#wakeOne();
        return lease;
      }
      // A lease may have been released while the one above was awaited.
      if (wakes === this.#wakes) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /**
   * As {@linkcode acquire}, but does not wait for others. A caller that has a lease already uses this one: if two callers
   * waited for what the other one has, both would wait for ever.
   *
   * @returns undefined if too many files are open and have a lease
   */
  async tryAcquire(fileIndex: number): Promise<Lease | undefined> {
    const entry = this.#entries[fileIndex]!;
    for (;;) {
      const found = this.peek(fileIndex);
      if (found !== undefined) return this.#leaseOf(entry, found);
      if (entry.opening !== undefined) await entry.opening;
      else if (this.#taken < this.#options.openMax) {
        entry.opening = this.#openEntry(entry, fileIndex);
      } else if (!await this.#closeOne()) return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#entries.map(({ opening }) => opening));
    const stores = [...this.stores()];
    this.#stores.fill(undefined);
    this.#open.clear();
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  }

  #leaseOf(entry: Entry, store: OpenLineStore | Error): Lease {
    if (store instanceof Error) return { store, release() {} };
    entry.leases++;
    return {
      store,
      release: () => {
        entry.leases--;
        if (entry.leases === 0) this.#wakeOne();
      },
    };
  }

  // Never rejects.
  async #openEntry(entry: Entry, fileIndex: number): Promise<void> {
    this.#taken++;
    try {
      this.#stores[fileIndex] = await this.#options.open(fileIndex);
      this.#open.add(fileIndex);
    } catch (error) {
      entry.failure = error instanceof Error ? error : new Error(String(error));
      entry.retryAtMs = this.#nowMs() + RETRY_AFTER_MS;
      this.#taken--;
      this.#wakeOne();
    }
    entry.opening = undefined;
  }

  // Closes the file that was not used for the longest time; false if all have a lease.
  async #closeOne(): Promise<boolean> {
    let oldest: number | undefined;
    let oldestUse = Infinity;
    for (const fileIndex of this.#open) {
      if (this.#entries[fileIndex]!.leases > 0 || this.#usedAt[fileIndex]! >= oldestUse) continue;
      oldest = fileIndex;
      oldestUse = this.#usedAt[fileIndex]!;
    }
    if (oldest === undefined) return false;
    const store = this.#stores[oldest]!;
    this.#stores[oldest] = undefined;
    this.#open.delete(oldest);
    this.#options.onClose(store);
    try {
      await store[Symbol.asyncDispose]();
    } finally {
      this.#taken--;
      this.#wakeOne();
    }
    return true;
  }

  #wakeOne(): void {
    this.#wakes++;
    this.#waiting.shift()?.();
  }
}
