import { type Command, INVALID } from "./command.ts";
import { parseCommand } from "./parse_command.ts";

/** The longest command in bytes, without its terminator. */
export const COMMAND_MAX_BYTES = 1024;

/**
 * The most commands in a batch. What is answered before the client has taken any of it is bounded by
 * this and by the length of a short line.
 */
export const BATCH_MAX_COMMANDS = 64;

const LF = 10;
const CR = 13;
// A command of the greatest length and the CR of its terminator.
const HELD_MAX_BYTES = COMMAND_MAX_BYTES + 1;

/**
 * Splits the bytes of a connection into commands of the line protocol.
 *
 * - A chunk gives one batch, or several where it holds more than {@linkcode BATCH_MAX_COMMANDS}
 *   commands; a chunk that ends within a command gives the command with the chunk that ends it.
 * - A command ends with LF or CRLF. What stands before the end of the stream is a command too.
 * - Of a command over {@linkcode COMMAND_MAX_BYTES} nothing is kept: it gives one `invalid`, as soon as
 *   it is too long, and is skipped up to its LF.
 * - A chunk is not used any more once `write` has resolved, so its buffer can be used again.
 *
 * @example
 * ```ts
 * import { CommandSplitter } from "./command_splitter.ts";
 *
 * const bytes = ReadableStream.from(["GET 1\nGE", "T 2\r\n"]).pipeThrough(new TextEncoderStream());
 * for await (const batch of bytes.pipeThrough(new CommandSplitter())) console.log(batch);
 * // [ { verb: "get", line: 1 } ]
 * // [ { verb: "get", line: 2 } ]
 * ```
 */
export class CommandSplitter extends TransformStream<Uint8Array, Command[]> {
  constructor() {
    const state = new Splitting();
    super(
      {
        transform: (chunk, controller) => state.split(chunk, (batch) => controller.enqueue(batch)),
        flush: (controller) => state.end((batch) => controller.enqueue(batch)),
      },
      // Room for one chunk on both sides: without it every chunk waits for a reader's turn.
      { highWaterMark: 1 },
      { highWaterMark: 1 },
    );
  }
}

type Emit = (batch: Command[]) => void;

class Splitting {
  // The beginning of a command whose end has not come yet.
  readonly #held = new Uint8Array(HELD_MAX_BYTES);
  #heldBytes = 0;
  #isSkipping = false;

  split(chunk: Uint8Array, emit: Emit): void {
    let batch: Command[] = [];
    let start = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
      const command = this.#finish(chunk, start, lf);
      if (command !== undefined) batch.push(command);
      start = lf + 1;
      if (batch.length === BATCH_MAX_COMMANDS) {
        emit(batch);
        batch = [];
      }
    }
    const overlong = this.#hold(chunk, start);
    if (overlong !== undefined) batch.push(overlong);
    if (batch.length > 0) emit(batch);
  }

  end(emit: Emit): void {
    if (this.#heldBytes > 0) emit([this.#parse(this.#held, 0, this.#heldBytes)]);
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
    this.#held.set(chunk.subarray(start, lf), this.#heldBytes);
    this.#heldBytes = 0;
    return this.#parse(this.#held, 0, bytes);
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
    this.#held.set(chunk.subarray(start), this.#heldBytes);
    this.#heldBytes += bytes;
    return undefined;
  }
}
