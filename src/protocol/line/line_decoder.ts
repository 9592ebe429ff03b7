import type { Decoder } from "../protocol.ts";
import { HeldBytes } from "./held_bytes.ts";
import { CLOSE, type Request, SHUTDOWN } from "../request.ts";

/** The longest command in bytes, without its terminator. */
export const COMMAND_MAX_BYTES = 1024;

const LF = 10;
const CR = 13;
const LOWER_CASE_BIT = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

// More digits than 2^53 has: no line has such a number in any case.
const DIGITS_MAX = 17;

/** The replies that a decoder encodes itself. */
export interface DecoderReplies {
  /** What was sent is no command. */
  readonly invalid: Uint8Array;
  /** A shutdown that is not alone on its line, or follows something invalid. */
  readonly refused: Uint8Array;
}

/**
 * Decodes the line protocol.
 *
 * - A command ends with LF or CRLF. What comes before the end of the stream is a command too.
 * - Of a command longer than {@linkcode COMMAND_MAX_BYTES} nothing is kept: it counts as one invalid command,
 *   answered as soon as it is too long, and is skipped up to its LF.
 * - SHUTDOWN counts only if it is alone on its line, and nothing invalid was sent on the connection. So a web
 *   page cannot stop a server through a visitor's browser: a browser's request is never valid.
 */
export class LineDecoder implements Decoder {
  readonly #replies: DecoderReplies;
  // A command of the greatest length, and the CR of its terminator.
  readonly #held = new HeldBytes(COMMAND_MAX_BYTES + 1);
  #isSkipping = false;
  #wasInvalid = false;
  // What the current chunk has asked for so far. Consecutive GETs are one request.
  #requests: Request[] = [];
  #numbers: number[] | undefined;

  constructor(replies: DecoderReplies) {
    this.#replies = replies;
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
    const isTooLong = contentEnd - start > COMMAND_MAX_BYTES;
    this.#add(isTooLong ? "invalid" : parseCommand(bytes, start, contentEnd));
  }

  // Holds the beginning of a command, unless it is too long already.
  #hold(chunk: Uint8Array, start: number): void {
    if (start === chunk.length || this.#isSkipping) return;
    if (this.#held.add(chunk, start, chunk.length)) return;
    this.#isSkipping = true;
    this.#add("invalid");
  }

  #add(command: Command): void {
    if (typeof command === "number") {
      if (this.#numbers === undefined) {
        this.#numbers = [];
        this.#requests.push({ kind: "lines", numbers: this.#numbers });
      }
      this.#numbers.push(command);
      return;
    }
    this.#numbers = undefined;
    this.#requests.push(this.#requestOf(command));
  }

  #requestOf(command: Exclude<Command, number>): Request {
    switch (command) {
      case "quit":
        return CLOSE;
      case "shutdown":
        return this.#wasInvalid ? { kind: "reply", bytes: this.#replies.refused } : SHUTDOWN;
      case "shutdown with more words":
        this.#wasInvalid = true;
        return { kind: "reply", bytes: this.#replies.refused };
      case "invalid":
        this.#wasInvalid = true;
        return { kind: "reply", bytes: this.#replies.invalid };
    }
  }
}

/** What a command of the line protocol can be. A number stands for `GET` of that line. */
export type Command = number | "quit" | "shutdown" | "shutdown with more words" | "invalid";

/**
 * Parses one command of the line protocol.
 *
 * Blanks are the ASCII ones (space, TAB, VT, FF, CR). Words after those of the command are ignored.
 *
 * @param bytes contain the command from `start` to `end`, without its LF
 */
export function parseCommand(bytes: Uint8Array, start: number, end: number): Command {
  const verb = skipBlanks(bytes, start, end);
  const verbEnd = skipWord(bytes, verb, end);
  switch (verbEnd - verb) {
    case 3:
      return isWord(bytes, verb, "get") ? parseGet(bytes, verbEnd, end) : "invalid";
    case 4:
      return isWord(bytes, verb, "quit") ? "quit" : "invalid";
    case 8:
      return isWord(bytes, verb, "shutdown") ? parseShutdown(bytes, verbEnd, end) : "invalid";
    default:
      return "invalid";
  }
}

function parseGet(bytes: Uint8Array, from: number, end: number): Command {
  const start = skipBlanks(bytes, from, end);
  return parseInteger(bytes, start, skipWord(bytes, start, end)) ?? "invalid";
}

function parseShutdown(bytes: Uint8Array, from: number, end: number): Command {
  return skipBlanks(bytes, from, end) === end ? "shutdown" : "shutdown with more words";
}

function parseInteger(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = bytes[start];
  let at = start < end && (sign === MINUS || sign === PLUS) ? start + 1 : start;
  if (at === end) return undefined;
  let value = 0;
  let digits = 0;
  for (; at < end; at++) {
    const digit = bytes[at]!;
    if (digit < ZERO || digit > NINE) return undefined;
    if (digits === 0 && digit === ZERO) continue;
    if (++digits <= DIGITS_MAX) value = value * 10 + (digit - ZERO);
  }
  return sign === MINUS ? -value : value;
}

function isWord(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if ((bytes[at + i]! | LOWER_CASE_BIT) !== word.charCodeAt(i)) return false;
  }
  return true;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte >= TAB && byte <= CR;
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at]!)) at++;
  return at;
}

function skipWord(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && !isBlank(bytes[at]!)) at++;
  return at;
}
