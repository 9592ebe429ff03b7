import { ConnectionFailure } from "./connection_failure.ts";
import { LineTooLongError, type Reply, ServerError } from "./reply.ts";

const LF = 10;
const CR = 13;
const NOTHING = new Uint8Array(0);

/** How long a status may be: a server's error can name a path. */
export const STATUS_MAX_BYTES = 16 * 1024;

/** Up to this size, the memory for what a chunk has cut off is kept for the next time. */
const HELD_KEPT_BYTES = 64 * 1024;

/** How a {@linkcode ReplyParser} reads replies. */
export interface ReplyParserOptions {
  /** How long a line may be; of a longer one nothing is kept but that it was too long. */
  readonly lineMaxBytes: number;
  /** Told of each reply in turn. The bytes are its own. */
  readonly onReply: (reply: Reply) => void;
}

/**
 * Takes the replies of a linesvr out of the bytes of a connection. Pure: no sockets.
 *
 * - A chunk may be cut anywhere, and may be used for something else afterwards.
 * - A reply is told of when its last byte has come, never before: half a line is not a line.
 * - How a line ends is told by the status before it. Behind `OK` LF, everything before the next LF is
 *   the line, a CR at its end included: it stands so in the text. Behind `OK` CR LF, the line ends
 *   with CR LF, and only these two are not the line's. So neither server needs to be known before.
 * - What is held is the part of one reply, in at most twice its size.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import type { Reply } from "./reply.ts";
 * import { ReplyParser } from "./reply_parser.ts";
 *
 * const replies: Reply[] = [];
 * const parser = new ReplyParser({ lineMaxBytes: 1024, onReply: (reply) => replies.push(reply) });
 * parser.feed(new TextEncoder().encode("OK\nfirst\nERR\nOK\nse"));
 * assertEquals(replies, [new TextEncoder().encode("first"), undefined]);
 * ```
 */
export class ReplyParser {
  readonly #lineMaxBytes: number;
  readonly #onReply: (reply: Reply) => void;
  // The part of a status or line that came in earlier chunks.
  #held: Uint8Array<ArrayBuffer> = NOTHING;
  #heldBytes = 0;
  #part: "status" | "line" | "surplus of a line" = "status";
  #isCrLf = false;

  /**
   * Makes a parser at the beginning of a connection.
   *
   * @param options How it reads replies.
   */
  constructor({ lineMaxBytes, onReply }: ReplyParserOptions) {
    this.#lineMaxBytes = lineMaxBytes;
    this.#onReply = onReply;
  }

  /**
   * Takes more of what came.
   *
   * @throws {ConnectionFailure} Where it is not a reply: the parser cannot be used any more.
   */
  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const lf = chunk.indexOf(LF, at);
      if (lf < 0) return this.#hold(chunk, at, chunk.length);
      if (this.#heldBytes === 0) {
        this.#takePart(chunk, at, lf);
      } else {
        this.#hold(chunk, at, lf);
        const heldBytes = this.#heldBytes;
        this.#heldBytes = 0;
        this.#takePart(this.#held, 0, heldBytes);
        if (this.#held.length > HELD_KEPT_BYTES) this.#held = NOTHING;
      }
      at = lf + 1;
    }
  }

  #hold(chunk: Uint8Array, start: number, end: number): void {
    const bytes = this.#heldBytes + end - start;
    if (this.#part === "status" && bytes > STATUS_MAX_BYTES) {
      throw this.#heldBytes > 0
        ? notAReply(this.#held, 0, this.#heldBytes)
        : notAReply(chunk, start, end);
    }
    if (this.#part === "line" && bytes > this.#endMaxBytes) this.#refuseLine();
    if (this.#part === "surplus of a line") return;
    this.#makeRoom(bytes);
    this.#held.set(chunk.subarray(start, end), this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#held.length) return;
    const roomBytes = Math.max(bytes, Math.min(2 * this.#held.length, this.#endMaxBytes));
    const held = new Uint8Array(roomBytes);
    held.set(this.#held.subarray(0, this.#heldBytes));
    this.#held = held;
  }

  /** The longest line with the CR that may end it. */
  get #endMaxBytes(): number {
    return this.#lineMaxBytes + 1;
  }

  #refuseLine(): void {
    this.#part = "surplus of a line";
    this.#heldBytes = 0;
    this.#onReply(new LineTooLongError(this.#lineMaxBytes));
  }

  #takePart(bytes: Uint8Array, start: number, end: number): void {
    if (this.#part === "status") return this.#takeStatus(bytes, start, end);
    if (this.#part === "line") this.#takeLine(bytes, start, end);
    this.#part = "status";
  }

  #takeStatus(bytes: Uint8Array, start: number, end: number): void {
    const isCrLf = end > start && bytes[end - 1] === CR;
    const statusEnd = isCrLf ? end - 1 : end;
    if (isOk(bytes, start, statusEnd)) {
      this.#part = "line";
      this.#isCrLf = isCrLf;
      return;
    }
    const status = new TextDecoder().decode(bytes.subarray(start, statusEnd));
    if (status === "ERR") this.#onReply(undefined);
    else if (isRefusal(status)) this.#onReply(new ServerError(status));
    else throw notAReply(bytes, start, end);
  }

  #takeLine(bytes: Uint8Array, start: number, end: number): void {
    let lineEnd = end;
    if (this.#isCrLf && (end === start || bytes[--lineEnd] !== CR)) {
      throw notAReply(bytes, start, end);
    }
    const isTooLong = lineEnd - start > this.#lineMaxBytes;
    if (isTooLong) this.#onReply(new LineTooLongError(this.#lineMaxBytes));
    else this.#onReply(bytes.slice(start, lineEnd) as Uint8Array<ArrayBuffer>);
  }
}

function isOk(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === 0x4f && bytes[start + 1] === 0x4b;
}

function isRefusal(status: string): boolean {
  return status === "INVALID COMMAND!" || status.startsWith("Server error:");
}

const SHOWN_MAX_BYTES = 60;

function notAReply(bytes: Uint8Array, start: number, end: number): ConnectionFailure {
  const shown = bytes.subarray(start, Math.min(end, start + SHOWN_MAX_BYTES));
  return new ConnectionFailure("not a reply", JSON.stringify(new TextDecoder().decode(shown)));
}
