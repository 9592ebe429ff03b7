import type { IndexPage } from "../index/index_page.ts";
import { SHORT_LINE_MAX_BYTES } from "../lines/line_reader.ts";
import type { LineSpan } from "../lines/line_span.ts";
import type { LineStore } from "../lines/line_store.ts";
import type { Command } from "../protocol/command.ts";
import type { ReplyFormat } from "../protocol/reply_format.ts";
import { ReplyBuffer } from "./reply_buffer.ts";

/**
 * How many bytes of a batch's replies are held at most, and one short line more. Lines beyond that
 * are read as they are sent.
 */
export const BATCH_MAX_BYTES = 64 * 1024;

/**
 * A piece of what goes to a client: bytes, which are written over after the next piece was taken out
 * of the stream and sent, or a line that is read while it is sent.
 */
export type ReplyChunk = Uint8Array | ReadableStream<Uint8Array>;

/** What a router works with: one for each connection. */
export interface RouterContext {
  /** Where lines come from. */
  readonly store: LineStore;
  /** How replies look. */
  readonly replies: ReplyFormat;
  /** Ends the server; absent where this client may not do that. */
  readonly shutDown?: (() => void) | undefined;
}

type Controller = TransformStreamDefaultController<ReplyChunk>;
// A command's page, or why there is none; nothing where the command needs none.
type FoundPage = IndexPage | Error | undefined;

/**
 * Answers commands.
 *
 * - Replies leave in the order of the commands, a batch of short lines as one chunk.
 * - A batch whose pages are all in memory is answered at once, without a promise. Otherwise the pages
 *   that are missing are asked of the page loader, and the batches behind it wait.
 * - A long line is a chunk of its own, which reads as it is read.
 * - `quit` and an allowed `shutdown` end the stream behind what is owed.
 */
export class Router extends TransformStream<Command[], ReplyChunk> {
  readonly #routing: Routing;

  /**
   * Makes the router of one connection.
   *
   * @param context what the router works with
   */
  constructor(context: RouterContext) {
    const routing = new Routing(context);
    super(
      { transform: (batch, controller) => routing.route(batch, controller) },
      { highWaterMark: 1 },
      // Without room, a batch is answered when the replies of the one before were sent and the next
      // are asked for: a client that takes nothing holds one batch of replies, not two.
      { highWaterMark: 0 },
    );
    this.#routing = routing;
  }

  /** Whether pages are being waited for: the server owes something that it does not have yet. */
  get isLoading(): boolean {
    return this.#routing.isLoading;
  }
}

class Routing {
  isLoading = false;
  readonly #context: RouterContext;
  readonly #store: LineStore;
  readonly #replies: ReplyFormat;
  readonly #buffer = new ReplyBuffer();
  #isTextChecked = false;

  constructor(context: RouterContext) {
    this.#context = context;
    this.#store = context.store;
    this.#replies = context.replies;
  }

  route(batch: Command[], controller: Controller): void | Promise<void> {
    const pages = this.#pagesInMemory(batch);
    if (pages !== undefined) return this.#answer(batch, pages, controller);
    return this.#loadPages(batch).then((loaded) => this.#answer(batch, loaded, controller));
  }

  #pageNumberOf(command: Command): number | undefined {
    if (command.verb !== "get" || !this.#store.has(command.line)) return undefined;
    return this.#store.pageOf(command.line);
  }

  // Nothing where one of the pages is not in memory.
  #pagesInMemory(batch: Command[]): FoundPage[] | undefined {
    const pages: FoundPage[] = [];
    for (const command of batch) {
      const pageNumber = this.#pageNumberOf(command);
      const page = pageNumber === undefined ? undefined : this.#store.cachedPage(pageNumber);
      if (pageNumber !== undefined && page === undefined) return undefined;
      pages.push(page);
    }
    return pages;
  }

  async #loadPages(batch: Command[]): Promise<FoundPage[]> {
    const numbers = batch.map((command) => this.#pageNumberOf(command));
    const needed = new Set(numbers.filter((number) => number !== undefined));
    this.isLoading = true;
    try {
      const loaded = await this.#store.loadPages(needed);
      return numbers.map((number) => {
        const result = number === undefined ? undefined : loaded.get(number);
        return result?.ok === false ? result.error : result?.page;
      });
    } finally {
      this.isLoading = false;
    }
  }

  #answer(batch: Command[], pages: FoundPage[], controller: Controller): void {
    let goesOn = true;
    for (let i = 0; goesOn && i < batch.length; i++) {
      goesOn = this.#answerOne(batch[i]!, pages[i], controller);
    }
    this.#flush(controller);
    this.#buffer.endBatch();
    this.#isTextChecked = false;
    if (!goesOn) controller.terminate();
  }

  // False where the connection is to end.
  #answerOne(command: Command, page: FoundPage, controller: Controller): boolean {
    switch (command.verb) {
      case "get":
        this.#answerGet(command.line, page, controller);
        return true;
      case "invalid":
        this.#buffer.append(this.#replies.invalid);
        return true;
      case "quit":
        return false;
      case "shutdown":
        return this.#answerShutdown();
    }
  }

  #answerShutdown(): boolean {
    if (this.#context.shutDown === undefined) {
      this.#buffer.append(this.#replies.noSuchLine);
      return true;
    }
    this.#context.shutDown();
    return false;
  }

  #answerGet(line: number, page: FoundPage, controller: Controller): void {
    if (page === undefined) {
      this.#buffer.append(this.#replies.noSuchLine);
      return;
    }
    try {
      if (page instanceof Error) throw page;
      this.#checkText();
      const span = this.#store.spanOf(page, line);
      if (this.#isReadAtOnce(span)) this.#appendLine(span);
      else this.#streamLine(span, controller);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#buffer.append(this.#replies.serverError(message));
    }
  }

  // Once a batch: its lines are read without a pause.
  #checkText(): void {
    if (this.#isTextChecked) return;
    this.#store.checkText();
    this.#isTextChecked = true;
  }

  #isReadAtOnce(span: LineSpan): boolean {
    return span.end - span.start <= SHORT_LINE_MAX_BYTES &&
      this.#buffer.batchBytes < BATCH_MAX_BYTES;
  }

  #appendLine(span: LineSpan): void {
    const { bytes, start, end } = this.#store.read(span);
    this.#buffer.append(this.#replies.lineHead(end - start));
    this.#buffer.append(bytes, start, end);
    this.#buffer.append(this.#replies.lineTail);
  }

  #streamLine(span: LineSpan, controller: Controller): void {
    const { lineBytes, bytes } = this.#store.stream(span);
    this.#buffer.append(this.#replies.lineHead(lineBytes));
    this.#flush(controller);
    controller.enqueue(ReadableStream.from(withTail(bytes, this.#replies.lineTail)));
  }

  #flush(controller: Controller): void {
    if (this.#buffer.usedBytes > 0) controller.enqueue(this.#buffer.take());
  }
}

// Not by joining streams: that would read a piece of every long line of a batch ahead.
async function* withTail(
  bytes: ReadableStream<Uint8Array>,
  tail: Uint8Array,
): AsyncGenerator<Uint8Array, void> {
  yield* bytes;
  yield tail;
}
