import { HeldBytes } from "../held_bytes.ts";
import { CommandArguments } from "./command_arguments.ts";
import { splitInlineWords } from "./inline_words.ts";

/** The most words of a command. */
export const ARGUMENTS_MAX = 65_536;

/** The longest word of a command, in bytes. */
export const ARGUMENT_MAX_BYTES: number = 64 * 1024;

/** The longest command, in bytes as sent. */
export const COMMAND_MAX_BYTES: number = 1024 * 1024;

/** The longest inline command, in bytes without its LF. */
export const INLINE_MAX_BYTES: number = 64 * 1024;

/** The longest number of words or of bytes, in bytes without its CR. */
export const COUNT_MAX_BYTES = 32;

const STAR = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** What a read has found: a command in `words`, not all of a command, or a breach of the protocol. */
export type ReadResult = "command" | "incomplete" | { readonly error: string };

// Results of reading a number; numbers that matter are below.
const INCOMPLETE = -2;
const TOO_LONG = -3;
const INVALID = Infinity;

/**
 * Reads the commands of Redis clients: arrays of bulk strings, and inline commands.
 *
 * - Incremental: a command costs time in proportion to its length, in however many chunks it arrives.
 * - Bounded: of an incomplete command at most {@linkcode COMMAND_MAX_BYTES} are held, and a chunk.
 * - What it finds depends on the bytes, not on how they are split into chunks.
 */
export class CommandReader {
  /** The command that was read last. */
  readonly words: CommandArguments = new CommandArguments();
  readonly #held = new HeldBytes(Infinity);
  #bytes: Uint8Array = new Uint8Array();
  // Where the command that is being read begins, and how far it was read.
  #start = 0;
  #at = 0;
  // How many words are still to be read; 0 between commands.
  #missing = 0;
  // The length of the word that is being read, or -1 if that is not known yet.
  #wordBytes = -1;
  // How many bytes of an inline command are known to have no LF.
  #searchedBytes = 0;

  /** Adds a chunk, which is used until `read` returns "incomplete". */
  push(chunk: Uint8Array): void {
    if (this.#held.length === 0) {
      this.#bytes = chunk;
    } else {
      this.#held.add(chunk, 0, chunk.length);
      this.#bytes = this.#held.bytes;
    }
  }

  /** Reads the next command. */
  read(): ReadResult {
    if (this.#missing === 0) {
      const begun = this.#begin();
      if (begun !== undefined) return begun;
    }
    while (this.#missing > 0) {
      if (this.#wordBytes < 0) {
        const failed = this.#readWordHead();
        if (failed !== undefined) return failed;
      }
      const end = this.#at + this.#wordBytes;
      if (end + 2 > this.#bytes.length) return this.#hold();
      this.words.add(this.#at, end);
      this.#at = end + 2;
      this.#wordBytes = -1;
      this.#missing--;
    }
    this.words.bytes = this.#bytes;
    return "command";
  }

  // Up to the first word. Undefined if words follow; skips what has none.
  #begin(): ReadResult | undefined {
    for (;;) {
      this.words.clear();
      this.#start = this.#at;
      if (this.#at === this.#bytes.length) return this.#hold();
      if (this.#bytes[this.#at] !== STAR) {
        const found = this.#readInline();
        if (found !== "blank") return found;
        continue;
      }
      const count = this.#readCount("too big mbulk count string");
      if (typeof count !== "number") return count;
      if (count > ARGUMENTS_MAX) return protocolError("invalid multibulk length");
      if (count <= 0) continue;
      this.#missing = count;
      return undefined;
    }
  }

  #readWordHead(): ReadResult | undefined {
    if (this.#at === this.#bytes.length) return this.#hold();
    const first = this.#bytes[this.#at]!;
    const length = this.#readCount("too big bulk count string");
    if (length === "incomplete") return length;
    if (first !== DOLLAR) {
      return protocolError(`expected '$', got '${String.fromCharCode(first)}'`);
    }
    if (typeof length !== "number") return length;
    if (length < 0 || length > ARGUMENT_MAX_BYTES) return protocolError("invalid bulk length");
    if (this.#at + length + 2 - this.#start > COMMAND_MAX_BYTES) {
      return protocolError("too big command");
    }
    this.#wordBytes = length;
    return undefined;
  }

  // The number after the type, up to CR LF. INVALID is larger than every limit.
  #readCount(tooLong: string): number | ReadResult {
    const found = this.#parseCount();
    if (found === INCOMPLETE) return this.#hold();
    if (found === TOO_LONG) return protocolError(tooLong);
    return found;
  }

  #parseCount(): number {
    const bytes = this.#bytes;
    const first = this.#at + 1;
    const isNegative = bytes[first] === MINUS;
    let value = 0;
    let at = isNegative ? first + 1 : first;
    for (; at < bytes.length && bytes[at] !== CR; at++) {
      const digit = bytes[at]!;
      value = digit >= ZERO && digit <= NINE ? value * 10 + digit - ZERO : INVALID;
      if (at - first >= COUNT_MAX_BYTES) return TOO_LONG;
    }
    // The LF has to be there as well.
    if (at + 1 >= bytes.length) return INCOMPLETE;
    this.#at = at + 2;
    const digits = at - first - (isNegative ? 1 : 0);
    const hasLeadingZero = digits > 1 && bytes[at - digits] === ZERO;
    if (digits === 0 || hasLeadingZero || isNegative && value === 0) return INVALID;
    return isNegative && value !== INVALID ? -1 : value;
  }

  #readInline(): ReadResult | "blank" {
    const start = this.#start;
    const lf = this.#bytes.indexOf(LF, start + this.#searchedBytes);
    const end = lf < 0 ? this.#bytes.length : lf;
    this.#searchedBytes = lf < 0 ? end - start : 0;
    if (end - start > INLINE_MAX_BYTES) return protocolError("too big inline request");
    if (lf < 0) return this.#hold();
    this.#at = lf + 1;
    const contentEnd = lf > start && this.#bytes[lf - 1] === CR ? lf - 1 : lf;
    const { words } = this;
    words.bytes = new Uint8Array(contentEnd - start);
    const isBalanced = splitInlineWords(this.#bytes, start, contentEnd, words);
    if (!isBalanced) return protocolError("unbalanced quotes in request");
    return words.count === 0 ? "blank" : "command";
  }

  // Keeps what belongs to an incomplete command: the chunk is not used any more.
  #hold(): "incomplete" {
    if (this.#start > 0 || this.#held.length === 0) {
      if (this.#held.length > 0) this.#held.take();
      this.#held.add(this.#bytes, this.#start, this.#bytes.length);
      this.words.shift(this.#start);
      this.#at -= this.#start;
      this.#start = 0;
    }
    return "incomplete";
  }
}

function protocolError(message: string): ReadResult {
  return { error: message };
}
