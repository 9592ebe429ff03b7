import type { ClientClosedError, ConnectionFailure } from "./errors.ts";
import { notAReply, type Reply } from "./reply_parser.ts";

/** The bytes of a line, without its terminator. */
export type Line = Uint8Array<ArrayBuffer>;

/** What one command asks for. */
export type Query =
  | { readonly kind: "lines"; readonly numbers: readonly number[] }
  | { readonly kind: "count" };

/** The replies to a request, in order; an `Error` if not all of them could be received. */
export type Outcome = Reply[] | ConnectionFailure | ClientClosedError;

/** The longest `MGET` in bytes that a server accepts, without its terminator. */
export const MGET_MAX_BYTES: number = 64 * 1024;

const MGET = "MGET";

/** A command, and the replies to it that have arrived so far. */
export class LineRequest {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  readonly #query: Query;
  readonly #replyCount: number;
  readonly #replies: Reply[] = [];
  #settle!: (outcome: Outcome) => void;
  #isCanceled = false;

  constructor(query: Query) {
    this.#query = query;
    this.#replyCount = query.kind === "count" ? 1 : query.numbers.length;
    this.outcome = new Promise((resolve) => this.#settle = resolve);
  }

  get isCanceled(): boolean {
    return this.#isCanceled;
  }

  /** Asks for the replies that have not arrived; without a terminator. */
  get command(): string {
    if (this.#query.kind === "count") return "COUNT";
    const { numbers } = this.#query;
    if (numbers.length === 1) return `GET ${numbers[0]}`;
    return `${MGET} ${numbers.slice(this.#replies.length).join(" ")}`;
  }

  /** What the client does, for error messages. */
  get action(): string {
    if (this.#query.kind === "count") return "count lines";
    const { numbers } = this.#query;
    return numbers.length === 1 ? `get line ${numbers[0]}` : `get ${numbers.length} lines`;
  }

  /** Takes the next reply; returns whether it is the last one. */
  take(reply: Reply): boolean {
    this.#replies.push(reply);
    if (this.#replies.length < this.#replyCount) return false;
    this.#settle(this.#replies);
    return true;
  }

  fail(reason: ConnectionFailure | ClientClosedError): void {
    this.#settle(reason);
  }

  /** Settles the request at once, without replies. */
  cancel(): void {
    this.#isCanceled = true;
    this.#settle([]);
  }
}

/** @throws {RangeError} if no line can have this number */
export function lineQuery(lineNumber: number): Query {
  checkLineNumber(lineNumber);
  return { kind: "lines", numbers: [lineNumber] };
}

/**
 * Asks for lines with as few commands as possible.
 *
 * @throws {RangeError} if no line can have one of the numbers
 */
export function linesQueries(lineNumbers: Iterable<number>): Query[] {
  const parts: number[][] = [];
  let bytes = Infinity;
  for (const lineNumber of lineNumbers) {
    checkLineNumber(lineNumber);
    const wordBytes = 1 + String(lineNumber).length;
    bytes += wordBytes;
    if (bytes > MGET_MAX_BYTES) {
      parts.push([]);
      bytes = MGET.length + wordBytes;
    }
    parts.at(-1)!.push(lineNumber);
  }
  return parts.map((numbers) => ({ kind: "lines", numbers }));
}

function checkLineNumber(lineNumber: number): void {
  if (Number.isSafeInteger(lineNumber) && lineNumber >= 1) return;
  throw new RangeError(`Line number must be an integer from 1 to 2^53 - 1, not ${lineNumber}`);
}

/** @throws the first failure, if there is one */
export function linesIn(outcome: Outcome): (Line | undefined)[] {
  if (outcome instanceof Error) throw outcome;
  for (const reply of outcome) {
    if (reply instanceof Error) throw reply;
  }
  return outcome as (Line | undefined)[];
}

/** @throws {ConnectionFailure} if it is not the reply to `COUNT` */
export function countIn(reply: Line | undefined): number {
  const digits = new TextDecoder().decode(reply);
  if (/^\d{1,16}$/.test(digits)) return Number(digits);
  throw notAReply(new TextEncoder().encode(digits)).during("Cannot count lines");
}
