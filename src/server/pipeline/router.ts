import { BATCH_MAX_LINES, type LineBatch, NOT_LOCATED } from "../../pages/line_batch.ts";
import { SHORT_LINE_MAX_BYTES } from "../../lines/line_reader.ts";
import type { LineSpan } from "../../pages/line_span.ts";
import type { LineStore } from "../../lines/line_store.ts";
import type { Command } from "../../protocol/command.ts";
import type { ReplyFormat } from "../../protocol/reply_format.ts";
import { ReplyBuffer } from "../reply_buffer.ts";

/**
 * From how many bytes on replies are handed over: so many, one short line and its head more are held
 * for a client at most.
 */
export const PIECE_MIN_BYTES = 64 * 1024;

/**
 * What goes to a client, in answer to one chunk: bytes, or pieces that are made as they are taken.
 * The bytes are written over by what is asked for next.
 */
export type ReplyChunk = Uint8Array | AsyncIterable<Uint8Array>;

/** What a router works with: one for each connection. */
export interface RouterContext {
  /** Where lines come from. */
  readonly store: LineStore;
  /** How replies look. */
  readonly replies: ReplyFormat;
  /** Ends the server; absent where this client may not do that. */
  readonly shutDown?: (() => void) | undefined;
}

/** Why a command was not answered yet. */
type Hindrance = "pieceIsFull" | "notAtHand" | "isLong";

/** What was fetched for some commands: those before `end`. */
interface Fetched {
  readonly end: number;
  /** Where the lines stand, or why they cannot be found. */
  readonly spans: ReadonlyMap<number, LineSpan | Error>;
}

const NOTHING_FETCHED: Fetched = { end: 0, spans: new Map() };

/**
 * Answers the commands of one connection, in their order.
 *
 * - Where everything is at hand, a chunk's commands are answered at once, without a promise.
 * - Otherwise the pages that are missing are asked of the page loader, and the lines that the system
 *   does not hold in memory are fetched, for some commands at a time; other connections go on.
 * - A long line is read as it is taken.
 * - `quit` and an allowed `shutdown` end the answering. Who speaks HTTP may not shut down.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../../index/build/ensure_index.ts";
 * import { LineStore } from "../../lines/line_store.ts";
 * import { lineProtocol } from "../../protocol/line/line_protocol.ts";
 * import { Router } from "./router.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await ensureIndex({ textPath, indexPath });
 * const store = LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024 });
 *
 * const router = new Router({ store, replies: lineProtocol("lf").replies });
 * const replies = router.answer([{ verb: "get", line: 2 }]);
 * for await (const piece of replies instanceof Uint8Array ? [replies] : replies) {
 *   console.log(new TextDecoder().decode(piece)); // OK, two
 * }
 * await store.close();
 * ```
 */
export class Router {
  readonly #context: RouterContext;
  readonly #store: LineStore;
  readonly #replies: ReplyFormat;
  readonly #buffer = new ReplyBuffer();
  // How many of the commands are answered.
  #answered = 0;
  // The lines of some commands, from the one on that was answered next when they were located.
  readonly #batch: LineBatch;
  #batchStart = 0;
  // What stopped the answering, where it was a long line.
  #longLine: LineSpan | undefined;
  #isTextChecked = false;
  #isLoading = false;
  #hasEnded = false;
  #speaksHttp = false;

  /**
   * Makes the router of one connection.
   *
   * @param context what the router works with
   */
  constructor(context: RouterContext) {
    this.#context = context;
    this.#store = context.store;
    this.#batch = context.store.batch;
    this.#replies = context.replies;
  }

  /** Whether the disk is being waited for: the server owes something that it does not have yet. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** Whether the client has asked for the end: nothing more is answered. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Answers commands.
   *
   * @returns all replies, or pieces of them that are to be taken to their end before the next call
   */
  answer(commands: readonly Command[]): ReplyChunk {
    this.#answered = 0;
    const hindrance = this.#answerSome(commands, NOTHING_FETCHED);
    return hindrance === undefined ? this.#buffer.take() : this.#answerRest(commands, hindrance);
  }

  async *#answerRest(
    commands: readonly Command[],
    first: Hindrance,
  ): AsyncGenerator<Uint8Array, void> {
    let fetched = NOTHING_FETCHED;
    for (let hindrance: Hindrance | undefined = first; hindrance !== undefined;) {
      if (this.#buffer.usedBytes > 0) yield this.#buffer.take();
      if (hindrance === "notAtHand") fetched = await this.#fetch(commands);
      else if (hindrance === "isLong") yield* this.#streamLine(this.#longLine!);
      hindrance = this.#answerSome(commands, fetched);
    }
    if (this.#buffer.usedBytes > 0) yield this.#buffer.take();
  }

  // Answers until the end, or until something is in the way.
  #answerSome(commands: readonly Command[], fetched: Fetched): Hindrance | undefined {
    // Once is enough: what follows is read without a pause. Before it another router had the batch.
    this.#isTextChecked = false;
    this.#batchStart = this.#answered;
    this.#batch.count = 0;
    while (this.#answered < commands.length && !this.#hasEnded) {
      if (this.#buffer.usedBytes >= PIECE_MIN_BYTES) return "pieceIsFull";
      if (this.#answered === this.#batchStart + this.#batch.count) this.#locate(commands);
      const hindrance = this.#answerOne(commands[this.#answered]!, fetched);
      if (hindrance !== undefined) return hindrance;
      this.#answered++;
    }
    return undefined;
  }

  // All at once: the processor waits for memory, and can wait for many lines at a time.
  #locate(commands: readonly Command[]): void {
    const batch = this.#batch;
    this.#batchStart = this.#answered;
    batch.count = Math.min(commands.length - this.#answered, BATCH_MAX_LINES);
    for (let i = 0; i < batch.count; i++) {
      const command = commands[this.#batchStart + i]!;
      const isLine = command.verb === "get" && this.#store.has(command.line);
      batch.lines[i] = isLine ? command.line : 0;
    }
    this.#store.locator.locate(batch);
    // A single line is read at once anyway.
    if (batch.count > 1) this.#store.reader.prefetch(batch);
  }

  #answerOne(command: Command, fetched: Fetched): Hindrance | undefined {
    switch (command.verb) {
      case "get":
        return this.#answerGet(command.line, fetched);
      case "http":
        this.#speaksHttp = true;
        this.#buffer.append(this.#replies.invalid);
        return undefined;
      case "invalid":
        this.#buffer.append(this.#replies.invalid);
        return undefined;
      case "quit":
        this.#hasEnded = true;
        return undefined;
      case "shutdown":
        return this.#answerShutdown();
    }
  }

  #answerShutdown(): undefined {
    // A page from anywhere can have a browser on this machine send anything.
    if (this.#context.shutDown === undefined || this.#speaksHttp) {
      this.#buffer.append(this.#replies.noSuchLine);
      return;
    }
    this.#context.shutDown();
    this.#hasEnded = true;
  }

  #answerGet(line: number, fetched: Fetched): Hindrance | undefined {
    try {
      if (!this.#store.has(line)) return this.#answerAbsent(line);
      const span = this.#spanOf(line, fetched);
      if (span === undefined) return "notAtHand";
      this.#checkText();
      return this.#answerLine(span, fetched);
    } catch (error) {
      this.#appendError(error);
      return undefined;
    }
  }

  // No text has a line 0; but one that has grown may have a later line by now.
  #answerAbsent(line: number): undefined {
    if (line > 0) this.#checkText();
    this.#buffer.append(this.#replies.noSuchLine);
  }

  #spanOf(line: number, fetched: Fetched): LineSpan | undefined {
    const i = this.#answered - this.#batchStart;
    const start = this.#batch.starts[i]!;
    if (start !== NOT_LOCATED) return { line, start, end: this.#batch.ends[i]! };
    const found = fetched.spans.get(line);
    if (found instanceof Error) throw found;
    return found;
  }

  #answerLine(span: LineSpan, fetched: Fetched): Hindrance | undefined {
    if (!isShort(span)) {
      this.#longLine = span;
      return "isLong";
    }
    // What was fetched is read in any case: the system may have let it go again at once.
    const isFetched = this.#answered < fetched.end;
    const line = isFetched ? this.#store.reader.read(span) : this.#store.reader.readAtHand(span);
    if (line === undefined) return "notAtHand";
    const { bytes, start, end } = line;
    const head = this.#replies.lineHead(end - start);
    const isLine = this.#buffer.appendLine(head, bytes, start, end, this.#replies.lineTail);
    if (!isLine) throw this.#store.reader.notALine(span);
    return undefined;
  }

  // Whatever fails here fails again where the command is answered, and is reported there.
  async #fetch(commands: readonly Command[]): Promise<Fetched> {
    this.#isLoading = true;
    try {
      const end = Math.min(this.#answered + BATCH_MAX_LINES, commands.length);
      const lines = commands.slice(this.#answered, end)
        .flatMap((command) => command.verb === "get" ? [command.line] : [])
        .filter((line) => this.#store.has(line));
      const spans = await this.#store.locator.find(lines);
      const distant = [...spans.values()].filter((found) => this.#isDistant(found));
      await Promise.allSettled(distant.map((span) => this.#store.reader.fetch(span)));
      return { end, spans };
    } finally {
      this.#isLoading = false;
    }
  }

  #isDistant(found: LineSpan | Error): found is LineSpan {
    return !(found instanceof Error) && isShort(found) && !this.#store.reader.isAtHand(found);
  }

  async *#streamLine(span: LineSpan): AsyncGenerator<Uint8Array, void> {
    this.#answered++;
    const bytes = await this.#openLine(span);
    if (this.#buffer.usedBytes > 0) yield this.#buffer.take();
    if (bytes === undefined) return;
    yield* bytes;
    yield this.#replies.lineTail;
  }

  // Puts the line's head, or why it cannot be had, into the buffer.
  async #openLine(span: LineSpan): Promise<ReadableStream<Uint8Array> | undefined> {
    this.#isLoading = true;
    try {
      await this.#store.reader.fetchEnds(span);
      const { lineBytes, bytes } = this.#store.reader.stream(span);
      this.#buffer.append(this.#replies.lineHead(lineBytes));
      return bytes;
    } catch (error) {
      this.#appendError(error);
      return undefined;
    } finally {
      this.#isLoading = false;
    }
  }

  #checkText(): void {
    if (this.#isTextChecked) return;
    this.#store.guard.check();
    this.#isTextChecked = true;
  }

  #appendError(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#buffer.append(this.#replies.serverError(message));
  }
}

function isShort(span: LineSpan): boolean {
  return span.end - span.start <= SHORT_LINE_MAX_BYTES;
}
