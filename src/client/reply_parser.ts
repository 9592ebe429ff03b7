import { ConnectionFailure, LineTooLongError, ServerError } from "./errors.ts";
import { isErrorStatus, LineFramer } from "./line_framer.ts";

/** The answer to `GET n`: the line's bytes, or `undefined` if there is no such line. */
export type Reply = Uint8Array<ArrayBuffer> | undefined | ServerError | LineTooLongError;

/** The length of the longest status: an error of the server can contain a path. */
export const STATUS_MAX_BYTES = 16 * 1024;

const LF = 10;
const CR = 13;
const EMPTY = new Uint8Array(0);
/** A larger buffer for partial replies is not kept. */
const HELD_KEPT_BYTES = 64 * 1024;
const SHOWN_MAX_BYTES = 60;

// A byte order mark stays, so that it does not make a status of what is none.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Splits the bytes of one connection into replies. A chunk may be split anywhere, and is not kept.
 *
 * The status tells how the line ends. After `OK` LF, the line is everything before the next LF, even a
 * final CR. After `OK` CR LF, CR LF ends the line. So the client need not know the server's `--eol`.
 */
export class ReplyParser {
  readonly #lineMaxBytes: number;
  readonly #framer = new LineFramer();
  // The part of a reply that arrived in earlier chunks.
  #held: Uint8Array = EMPTY;
  #heldBytes = 0;
  // Whether the reply was reported as too long, and the rest of it is being discarded.
  #isDiscarding = false;

  constructor(lineMaxBytes: number) {
    this.#lineMaxBytes = lineMaxBytes;
  }

  /** Whether a part of a reply has arrived that was not reported yet. */
  get hasPartialReply(): boolean {
    return this.#heldBytes > 0;
  }

  /**
   * Yields each reply whose last byte has arrived; a line that is too long as soon as that is known.
   *
   * @throws {ConnectionFailure} if the bytes are not a reply; the parser cannot be used again
   */
  *parse(chunk: Uint8Array): Generator<Reply, void, void> {
    for (let at = 0; at < chunk.length;) {
      const end = this.#framer.feed(chunk, at, chunk.length);
      const { isComplete } = this.#framer;
      let reply = chunk.subarray(at, end);
      at = end;
      if (!this.#isDiscarding) {
        if (this.#heldBytes > 0 || !isComplete) reply = this.#hold(reply);
        if (isComplete) yield this.#read(reply);
        else if (this.#isTooLong(reply)) {
          this.#isDiscarding = true;
          yield new LineTooLongError(this.#lineMaxBytes);
        }
      }
      if (isComplete || this.#isDiscarding) this.#release();
      if (!isComplete) continue;
      this.#isDiscarding = false;
      this.#framer.reset();
    }
  }

  /** Appends to the held bytes, in a buffer of at most twice their size; returns all of them. */
  #hold(part: Uint8Array): Uint8Array {
    const bytes = this.#heldBytes + part.length;
    if (bytes > this.#held.length) {
      const held = new Uint8Array(Math.max(bytes, 2 * this.#held.length));
      held.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = held;
    }
    this.#held.set(part, this.#heldBytes);
    this.#heldBytes = bytes;
    return this.#held.subarray(0, bytes);
  }

  #release(): void {
    this.#heldBytes = 0;
    if (this.#held.length > HELD_KEPT_BYTES) this.#held = EMPTY;
  }

  #isTooLong(partialReply: Uint8Array): boolean {
    const statusBytes = partialReply.indexOf(LF) + 1;
    if (statusBytes === 0 && partialReply.length > STATUS_MAX_BYTES) throw notAReply(partialReply);
    // The last byte may be the CR of a CR LF.
    return statusBytes > 0 && partialReply.length - statusBytes > this.#lineMaxBytes + 1;
  }

  #read(reply: Uint8Array): Reply {
    const lineStart = reply.indexOf(LF) + 1;
    const eolBytes = reply[lineStart - 2] === CR ? 2 : 1;
    if (!this.#framer.isLine) return readStatus(reply.subarray(0, lineStart - eolBytes));
    const lineEnd = reply.length - eolBytes;
    if (eolBytes === 2 && (lineEnd < lineStart || reply[lineEnd] !== CR)) throw notAReply(reply);
    return lineEnd - lineStart > this.#lineMaxBytes
      ? new LineTooLongError(this.#lineMaxBytes)
      : new Uint8Array(reply.subarray(lineStart, lineEnd));
  }
}

function readStatus(bytes: Uint8Array): Reply {
  const status = decoder.decode(bytes);
  if (status === "ERR") return undefined;
  if (isErrorStatus(status)) return new ServerError(status);
  throw notAReply(bytes);
}

function notAReply(bytes: Uint8Array): ConnectionFailure {
  const shown = JSON.stringify(decoder.decode(bytes.subarray(0, SHOWN_MAX_BYTES)));
  return new ConnectionFailure("not a reply", shown);
}
