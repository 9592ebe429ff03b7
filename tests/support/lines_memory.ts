/**
 * Stand-ins for what the lines room works with: a sink that records, and index pages in memory.
 *
 * @module
 */
import { assert } from "@std/assert";
import { concatBytes } from "./e2e_bytes.ts";
import { IndexPage } from "../../src/index/format/index_page.ts";
import { LineStore } from "../../src/lines/line_store.ts";
import type { LineSink } from "../../src/lines/lines.ts";
import { type LineBatch, NOT_LOCATED } from "../../src/pages/line_batch.ts";
import type { PageStore } from "../../src/pages/page_store.ts";
import { BlockCache } from "../../src/source/block_cache.ts";
import { linesOf, pagesOfLengths } from "./index_lines.ts";
import { MemoryText, type MemoryTextOptions } from "./text_memory.ts";

/** What a sink was given for a number. */
export type Given =
  | { readonly kind: "line" | "long line"; readonly bytes: Uint8Array }
  | { readonly kind: "missing"; readonly lineNumber: number }
  | { readonly kind: "failed"; readonly lineNumber: number; readonly message: string };

/** How a {@linkcode RecordingSink} behaves. */
export interface RecordingSinkOptions {
  /** As `LineSink.flush`. */
  readonly flush?: () => Promise<void> | undefined;
  /** Called before each chunk of a long line is read. */
  readonly onChunk?: () => void;
}

/** Records what it is given, and asserts that it is given nothing while it flushes. */
export class RecordingSink implements LineSink {
  readonly given: Given[] = [];
  readonly #options: RecordingSinkOptions;
  #isBusy = false;

  constructor(options: RecordingSinkOptions = {}) {
    this.#options = options;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.#add({ kind: "line", bytes: bytes.slice(start, end) });
  }

  async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    const chunks: Uint8Array[] = [];
    this.#isBusy = true;
    this.#options.onChunk?.();
    for await (const chunk of content) {
      chunks.push(chunk);
      this.#options.onChunk?.();
    }
    this.#isBusy = false;
    const bytes = concatBytes(chunks);
    assert(bytes.length === byteLength, `${bytes.length} bytes, announced as ${byteLength}`);
    this.#add({ kind: "long line", bytes });
  }

  missing(lineNumber: number): void {
    this.#add({ kind: "missing", lineNumber });
  }

  failed(lineNumber: number, { message }: Error): void {
    this.#add({ kind: "failed", lineNumber, message });
  }

  flush(): Promise<void> | undefined {
    const flushed = this.#options.flush?.();
    this.#isBusy = flushed !== undefined;
    return flushed?.then(() => {
      this.#isBusy = false;
    });
  }

  /** What it was given, in short: text of lines, and what else there was. */
  get summary(): string[] {
    return this.given.map((given) =>
      "bytes" in given ? new TextDecoder().decode(given.bytes) : `${given.kind} ${given.lineNumber}`
    );
  }

  #add(given: Given): void {
    assert(!this.#isBusy, "the sink was given something while it was busy");
    this.given.push(given);
  }
}

/** How {@linkcode MemoryPages} behave. */
export interface MemoryPagesOptions {
  /**
   * Whether a page is cached.
   *
   * @default {never}
   */
  readonly isCached?: (pageNumber: number) => boolean;
  /**
   * Whether reading a page would block: then it has to be loaded.
   *
   * @default {never}
   */
  readonly pageBlocks?: (pageNumber: number) => boolean;
  /** Called in every load; a page is loaded when it resolves. */
  readonly onLoad?: (pageNumber: number) => Promise<void>;
}

/** Index pages in memory. */
export class MemoryPages implements PageStore {
  /** The pages that were peeked at, in order. */
  readonly peeked: number[] = [];
  /** The pages that were loaded, in order. */
  readonly loaded: number[] = [];
  readonly #pages: readonly IndexPage[];
  readonly #linesPerPage: number;
  readonly #options: MemoryPagesOptions;

  constructor(
    pages: readonly IndexPage[],
    linesPerPage: number,
    options: MemoryPagesOptions = {},
  ) {
    this.#pages = pages;
    this.#linesPerPage = linesPerPage;
    this.#options = options;
  }

  /** Pages for lines of these lengths, their terminators included. */
  static ofLengths(
    lengths: readonly number[],
    linesPerPage: number,
    options: MemoryPagesOptions = {},
  ): MemoryPages {
    const pages = pagesOfLengths(linesPerPage, lengths).map((page) => new IndexPage(page));
    return new MemoryPages(pages, linesPerPage, options);
  }

  locate({ lines, starts, ends, count }: LineBatch): boolean {
    let isComplete = true;
    for (let i = 0; i < count; i++) {
      starts[i] = NOT_LOCATED;
      if (lines[i] === 0) continue;
      const pageNumber = Math.floor((lines[i]! - 1) / this.#linesPerPage);
      if (this.#options.isCached?.(pageNumber) !== true) {
        isComplete = false;
        continue;
      }
      const lineInPage = (lines[i]! - 1) % this.#linesPerPage;
      const page = this.#pages[pageNumber]!;
      starts[i] = page.startOf(lineInPage);
      ends[i] = starts[i]! + page.lengthOf(lineInPage);
    }
    return isComplete;
  }

  peek(pageNumber: number): IndexPage | undefined {
    this.peeked.push(pageNumber);
    return this.#options.pageBlocks?.(pageNumber) === true ? undefined : this.#pages[pageNumber]!;
  }

  async load(pageNumber: number): Promise<IndexPage> {
    this.loaded.push(pageNumber);
    await this.#options.onLoad?.(pageNumber);
    return this.#pages[pageNumber]!;
  }
}

/** How {@linkcode storeOf} opens a store. */
export interface MemoryStoreOptions extends MemoryTextOptions, MemoryPagesOptions {
  /** @default {no memory} */
  readonly cacheBytes?: number;
  /** @default {4} */
  readonly linesPerPage?: number;
  /** The index, if it is not the text's: the lengths of its lines. */
  readonly lengths?: readonly number[];
}

/** A store over a text in memory, and what it is made of. */
export interface MemoryStore {
  readonly store: LineStore;
  readonly text: MemoryText;
  readonly pages: MemoryPages;
  /** What was passed to `onError`. */
  readonly errors: Error[];
}

/** Opens a store over a text in memory. */
export function storeOf(
  content: string | Uint8Array,
  options: MemoryStoreOptions = {},
): MemoryStore {
  const { linesPerPage = 4, cacheBytes = 0 } = options;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const lengths = options.lengths ?? linesOf(bytes).map(({ length }) => length);
  const text = new MemoryText(bytes, options);
  const pages = MemoryPages.ofLengths(lengths, linesPerPage, options);
  const errors: Error[] = [];
  const store = new LineStore({
    index: { lines: lengths.length, linesPerPage },
    text,
    frames: pages,
    pages,
    cache: new BlockCache(text, cacheBytes),
    onError: (error) => errors.push(error),
    files: text,
  });
  return { store, text, pages, errors };
}
