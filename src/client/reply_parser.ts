import { ConnectionFailure, LineTooLongError, ServerError } from "./errors.ts";
import { HeldBytes } from "./held_bytes.ts";
import { isErrorStatus, LineFramer } from "./line_framer.ts";
import type { CompleteOptions } from "./options.ts";

/** The answer to `GET n`: the line's bytes, or `undefined` if there is no such line. */
export type Reply = Uint8Array<ArrayBuffer> | undefined | ServerError | LineTooLongError;

/** The length of the longest status: an error of the server can contain a path. */
export const STATUS_MAX_BYTES = 16 * 1024;

const LF = 10;
const CR = 13;
const SHOWN_MAX_BYTES = 60;

// A byte order mark stays, so that it does not make a status of what is none.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Splits the bytes of one connection into replies. A chunk may be split anywhere, and is not kept.
 *
 * The status tells how the line ends. After `OK` LF, the line is everything before the next LF, even a
 * final CR. After `OK` CR LF, CR LF ends the line, unless the option `eol` says that LF does.
 */
export class ReplyParser {
  readonly #lineMaxBytes: number;
  readonly #eol: CompleteOptions["eol"];
  readonly #framer = new LineFramer();
  // The part of a reply that arrived in earlier chunks.
  readonly #held = new HeldBytes();
  // Whether the reply was reported as too long, and the rest of it is being discarded.
  #isDiscarding = false;

  constructor({ lineMaxBytes, eol }: Pick<CompleteOptions, "lineMaxBytes" | "eol">) {
    this.#lineMaxBytes = lineMaxBytes;
    this.#eol = eol;
  }

  /** Whether a part of a reply has arrived that was not reported yet. */
  get hasPartialReply(): boolean {
    return this.#held.length > 0;
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
        if (this.hasPartialReply || !isComplete) reply = this.#held.append(reply);
        if (isComplete) yield this.#read(reply);
        else if (this.#isTooLong(reply)) {
          this.#isDiscarding = true;
          yield new LineTooLongError(this.#lineMaxBytes);
        }
      }
      if (isComplete || this.#isDiscarding) this.#held.release();
      if (!isComplete) continue;
      this.#isDiscarding = false;
      this.#framer.reset();
    }
  }

  #isTooLong(partialReply: Uint8Array): boolean {
    const statusBytes = partialReply.indexOf(LF) + 1;
    if (statusBytes === 0 && partialReply.length > STATUS_MAX_BYTES) throw notAReply(partialReply);
    // The last byte may be the CR of a CR LF.
    return statusBytes > 0 && partialReply.length - statusBytes > this.#lineMaxBytes + 1;
  }

  #read(reply: Uint8Array): Reply {
    const lineStart = reply.indexOf(LF) + 1;
    const hasCr = reply[lineStart - 2] === CR;
    if (!this.#framer.isLine) return readStatus(reply.subarray(0, lineStart - (hasCr ? 2 : 1)));
    const line = withoutEol(reply.subarray(lineStart), hasCr && this.#eol === "detect");
    return line.length > this.#lineMaxBytes
      ? new LineTooLongError(this.#lineMaxBytes)
      : new Uint8Array(line);
  }
}

/**
 * Removes the LF, or the CR LF, that ends a line.
 *
 * @throws {ConnectionFailure} if the CR is missing
 */
export function withoutEol<B extends ArrayBufferLike>(
  line: Uint8Array<B>,
  hasCr: boolean,
): Uint8Array<B> {
  const end = line.length - (hasCr ? 2 : 1);
  if (hasCr && line[end] !== CR) throw notAReply(line);
  return line.subarray(0, end);
}

function readStatus(bytes: Uint8Array): Reply {
  const status = decoder.decode(bytes);
  if (status === "ERR") return undefined;
  if (isErrorStatus(status)) return new ServerError(status);
  throw notAReply(bytes);
}

/** The failure of a connection that sends bytes which are no reply. */
export function notAReply(bytes: Uint8Array): ConnectionFailure {
  const shown = JSON.stringify(decoder.decode(bytes.subarray(0, SHOWN_MAX_BYTES)));
  return new ConnectionFailure("not a reply", shown);
}
