import type { Decoder } from "../protocol.ts";
import { CLOSE, type Request } from "../request.ts";
import { HeldBytes } from "../held_bytes.ts";
import type { LineProtocolEncoder } from "./line_encoder.ts";
import { type Command, isMget, parseCommand } from "./parse_command.ts";

/** The longest command in bytes, without its terminator. */
export const COMMAND_MAX_BYTES = 1024;

/** The longest `MGET` in bytes, without its terminator. */
export const MGET_MAX_BYTES: number = 64 * 1024;

const LF = 10;
const CR = 13;

/**
 * Decodes the line protocol.
 *
 * - A command ends with LF or CRLF. What comes before the end of the stream is a command too.
 * - Of a command longer than {@linkcode COMMAND_MAX_BYTES}, or an `MGET` longer than {@linkcode MGET_MAX_BYTES},
 *   nothing is kept: it counts as one invalid command, answered as soon as it is too long, and is skipped up
 *   to its LF.
 * - SHUTDOWN counts only if it is alone on its line, and nothing invalid was sent on the connection. So a web
 *   page cannot stop a server through a visitor's browser: a browser's request is never valid.
 */
export class LineDecoder implements Decoder {
  readonly #encoder: LineProtocolEncoder;
  readonly #lineCount: number;
  // A command of the greatest length, and the CR of its terminator.
  readonly #held = new HeldBytes(MGET_MAX_BYTES + 1);
  #isSkipping = false;
  #wasInvalid = false;
  // What the current chunk has asked for so far. Consecutive GETs are one request.
  #requests: Request[] = [];
  #numbers: number[] | undefined;

  /** @param lineCount the number of lines of the file */
  constructor(encoder: LineProtocolEncoder, lineCount: number) {
    this.#encoder = encoder;
    this.#lineCount = lineCount;
  }

  decode(chunk: Uint8Array | null): Request[] {
    if (chunk !== null) this.#split(chunk);
    else if (this.#held.length > 0) this.#parseHeld();
    const requests = this.#requests;
    this.#requests = [];
    this.#numbers = undefined;
    return requests;
  }

  #split(chunk: Uint8Array): void {
    let start = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
      this.#finish(chunk, start, lf);
      start = lf + 1;
    }
    this.#hold(chunk, start);
  }

  #finish(chunk: Uint8Array, start: number, lf: number): void {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    if (this.#held.length === 0) this.#parse(chunk, start, lf);
    else if (this.#held.add(chunk, start, lf)) this.#parseHeld();
    else this.#add("invalid");
  }

  #parseHeld(): void {
    const held = this.#held.take();
    this.#parse(held, 0, held.length);
  }

  #parse(bytes: Uint8Array, start: number, end: number): void {
    const contentEnd = end > start && bytes[end - 1] === CR ? end - 1 : end;
    const isTooLong = contentEnd - start > maxBytes(bytes, start, contentEnd);
    this.#add(isTooLong ? "invalid" : parseCommand(bytes, start, contentEnd));
  }

  // Holds the beginning of a command, unless it is too long already.
  #hold(chunk: Uint8Array, start: number): void {
    if (start === chunk.length || this.#isSkipping) return;
    if (this.#held.add(chunk, start, chunk.length)) {
      const { bytes } = this.#held;
      // It may end with the CR of a terminator.
      if (bytes.length <= maxBytes(bytes, 0, bytes.length) + 1) return;
      this.#held.take();
    }
    this.#isSkipping = true;
    this.#add("invalid");
  }

  #add(command: Command): void {
    if (typeof command === "number") {
      if (this.#numbers === undefined) {
        this.#numbers = [];
        this.#requests.push({ kind: "lines", numbers: this.#numbers, encoder: this.#encoder });
      }
      this.#numbers.push(command);
      return;
    }
    this.#numbers = undefined;
    this.#requests.push(this.#requestOf(command));
  }

  #requestOf(command: Exclude<Command, number>): Request {
    if (typeof command === "object") {
      return command.kind === "range"
        ? this.#rangeOf(command.from, command.to)
        : { kind: "lines", numbers: command.numbers, encoder: this.#encoder };
    }
    switch (command) {
      case "count":
        return reply(this.#encoder.count(this.#lineCount));
      case "quit":
        return CLOSE;
      case "shutdown":
        return this.#wasInvalid
          ? reply(this.#encoder.err)
          : { kind: "shutdown", refusal: this.#encoder.err };
      case "shutdown with more words":
        this.#wasInvalid = true;
        return reply(this.#encoder.err);
      case "invalid":
        this.#wasInvalid = true;
        return reply(this.#encoder.invalid);
    }
  }

  // Both ends are clipped to the file; negative numbers count from its end.
  #rangeOf(first: number, last: number): Request {
    const count = this.#lineCount;
    const from = Math.max(first < 0 ? count + 1 + first : first, 1);
    const to = Math.min(last < 0 ? count + 1 + last : last, count);
    const encoder = this.#encoder;
    return from <= to ? { kind: "range", from, to, encoder } : reply(encoder.noLines);
  }
}

// Decided by the same bytes whether or not all of the command is there.
function maxBytes(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= COMMAND_MAX_BYTES) return COMMAND_MAX_BYTES;
  return isMget(bytes, start, start + COMMAND_MAX_BYTES) ? MGET_MAX_BYTES : COMMAND_MAX_BYTES;
}

function reply(bytes: Uint8Array): Request {
  return { kind: "reply", bytes };
}
