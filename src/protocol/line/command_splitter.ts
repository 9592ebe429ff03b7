import { type Command, INVALID } from "../command.ts";
import { parseCommand } from "./parse_command.ts";
import type { Splitter } from "../splitter.ts";

/** The longest command in bytes, without its terminator. */
export const COMMAND_MAX_BYTES = 1024;

const LF = 10;
const CR = 13;
// A command of the greatest length and the CR of its terminator.
const HELD_MAX_BYTES = COMMAND_MAX_BYTES + 1;

/**
 * Splits the bytes of a connection into commands of the line protocol.
 *
 * - A chunk that ends within a command gives the command with the chunk that ends it.
 * - A command ends with LF or CRLF. What stands before the end of the stream is a command too.
 * - Of a command over {@linkcode COMMAND_MAX_BYTES} nothing is kept: it gives one `invalid`, as soon as
 *   it is too long, and is skipped up to its LF.
 *
 * @example
 * ```ts
 * import { CommandSplitter } from "./command_splitter.ts";
 *
 * const splitter = new CommandSplitter();
 * const encoder = new TextEncoder();
 * console.log(splitter.split(encoder.encode("GET 1\nGE"))); // [ { verb: "get", line: 1 } ]
 * console.log(splitter.split(encoder.encode("T 2\r"))); // []
 * console.log(splitter.end()); // [ { verb: "get", line: 2 } ]
 * ```
 */
export class CommandSplitter implements Splitter {
  // The beginning of a command whose end has not come yet. Few clients cut their commands.
  #held: Uint8Array | undefined;
  #heldBytes = 0;
  #isSkipping = false;

  /** The commands that end in the chunk. Nothing of it is kept but a copy. */
  split(chunk: Uint8Array): Command[] {
    const commands: Command[] = [];
    let start = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
      const command = this.#finish(chunk, start, lf);
      if (command !== undefined) commands.push(command);
      start = lf + 1;
    }
    const overlong = this.#hold(chunk, start);
    if (overlong !== undefined) commands.push(overlong);
    return commands;
  }

  /** The command that the end of the stream ends. */
  end(): Command[] {
    return this.#heldBytes > 0 ? [this.#parse(this.#held!, 0, this.#heldBytes)] : [];
  }

  #finish(chunk: Uint8Array, start: number, lf: number): Command | undefined {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return undefined;
    }
    if (this.#heldBytes === 0) return this.#parse(chunk, start, lf);
    const bytes = this.#heldBytes + lf - start;
    if (bytes > HELD_MAX_BYTES) {
      this.#heldBytes = 0;
      return INVALID;
    }
    const held = this.#held!;
    held.set(chunk.subarray(start, lf), this.#heldBytes);
    this.#heldBytes = 0;
    return this.#parse(held, 0, bytes);
  }

  #parse(bytes: Uint8Array, start: number, end: number): Command {
    const contentEnd = end > start && bytes[end - 1] === CR ? end - 1 : end;
    if (contentEnd - start > COMMAND_MAX_BYTES) return INVALID;
    return parseCommand(bytes, start, contentEnd);
  }

  // Keeps the beginning of a command, or gives `invalid` where it is too long already.
  #hold(chunk: Uint8Array, start: number): Command | undefined {
    const bytes = chunk.length - start;
    if (bytes === 0 || this.#isSkipping) return undefined;
    if (this.#heldBytes + bytes > HELD_MAX_BYTES) {
      this.#heldBytes = 0;
      this.#isSkipping = true;
      return INVALID;
    }
    this.#held ??= new Uint8Array(HELD_MAX_BYTES);
    this.#held.set(chunk.subarray(start), this.#heldBytes);
    this.#heldBytes += bytes;
    return undefined;
  }
}
