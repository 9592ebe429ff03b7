import { DecimalCounter } from "./decimal_counter.ts";
import { Xoshiro128 } from "../load/xoshiro128.ts";

/** What stands between two lines: `lf` is `\n`, `crlf` is `\r\n`. */
export type Terminator = "lf" | "crlf";

/** What the text is to be. */
export interface TextOptions {
  /**
   * How many lines, 0 to 2^53 - 1.
   *
   * @default {1_000_000}
   */
  lineCount?: number;
  /**
   * The shortest line in bytes without its terminator, 0 to `longestBytes`; at least 1 where
   * `finalTerminator` is false.
   *
   * @default {1} or `longestBytes`, whichever is less
   */
  shortestBytes?: number;
  /**
   * The longest line in bytes without its terminator, 0 to 2^53 - 1.
   *
   * @default {98}
   */
  longestBytes?: number;
  /**
   * Chooses one of the texts with these options, 0 to 2^53 - 1.
   *
   * @default {1}
   */
  seed?: number;
  /**
   * What ends a line.
   *
   * @default {"lf"}
   */
  terminator?: Terminator;
  /**
   * Whether the last line has a terminator too.
   *
   * @default {true}
   */
  finalTerminator?: boolean;
}

/** Sixty-four printable bytes. No digit: a line that begins with one begins with its number. */
const FILLER_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;!?-+*/=_";

/** A power of two, so that a random place in the block is a mask away. */
const FILLER_BLOCK_BYTES = 64 * 1024;

/** Up to here a loop over bytes is quicker than `set`, which needs a view for each copy. */
const LOOP_COPY_BYTES_MAX = 48;

const UINT32_COUNT = 2 ** 32;

function makeFillerBlock(random: Xoshiro128): Uint8Array {
  const alphabet = new TextEncoder().encode(FILLER_ALPHABET);
  const block = new Uint8Array(FILLER_BLOCK_BYTES);
  // The high bits index the alphabet: its length is 64, so all of it is equally likely.
  for (let i = 0; i < block.length; i++) block[i] = alphabet[random.nextUint32() >>> 26]!;
  return block;
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${name} must be a whole number from 0 to 2^53 - 1: ${value}`);
}

function copyBytes(from: Uint8Array, start: number, target: Uint8Array, at: number, count: number) {
  if (count > LOOP_COPY_BYTES_MAX) {
    target.set(from.subarray(start, start + count), at);
    return;
  }
  for (let i = 0; i < count; i++) target[at + i] = from[start + i]!;
}

/**
 * Makes a text of numbered lines, a chunk at a time.
 *
 * - The same options give the same bytes, whatever the sizes of the chunks.
 * - Line lengths are uniformly distributed from `shortestBytes` to `longestBytes`. (Where these are
 *   2^32 or more apart, 2^32 evenly spaced lengths occur.)
 * - A line long enough for its number (counted from 1) begins with it, then a blank, then filler:
 *   `123 kQ,e`. A shorter line is filler alone, which has no digits. So lines long enough for their
 *   numbers all differ.
 * - Every byte of a line is printable ASCII.
 * - Memory does not grow with the text, nor with a line: a line may be longer than any chunk.
 *
 * @example A text in memory
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { TextGenerator } from "./text_generator.ts";
 *
 * const generator = new TextGenerator({ lineCount: 2, shortestBytes: 5, longestBytes: 9 });
 * const chunk = new Uint8Array(64);
 * const text = new TextDecoder().decode(chunk.subarray(0, generator.fill(chunk)));
 * assertMatch(text, /^1 \S{3,7}\n2 \S{3,7}\n$/);
 * ```
 */
export class TextGenerator {
  /** How many lines the whole text has, 0 to 2^53 - 1. */
  readonly lineCount: number;
  readonly #shortestBytes: number;
  readonly #lengthCount: number;
  readonly #terminator: Uint8Array;
  readonly #finalTerminator: boolean;
  readonly #random: Xoshiro128;
  readonly #filler: Uint8Array;
  readonly #number = new DecimalCounter();

  #startedLineCount = 0;

  // The line under way: its number in front, filler up to #bodyBytes, its terminator up to
  // #lineBytes. #doneBytes of it have been handed out.
  #numberBytes = 0;
  #bodyBytes = 0;
  #lineBytes = 0;
  #doneBytes = 0;
  #fillerOffset = 0;

  /**
   * Makes a generator that stands before the first line.
   *
   * @param options What the text is to be.
   * @throws {RangeError} A number is not whole, negative or above 2^53 - 1; `shortestBytes` is above
   * `longestBytes`; or `shortestBytes` is 0 without a final terminator.
   */
  constructor(options: TextOptions = {}) {
    const longestBytes = wholeNumber("longestBytes", options.longestBytes ?? 98);
    const shortestBytes = options.shortestBytes ?? Math.min(1, longestBytes);
    this.#shortestBytes = wholeNumber("shortestBytes", shortestBytes);
    if (shortestBytes > longestBytes) {
      throw new RangeError(
        `the shortest line is longer than the longest: ${shortestBytes} > ${longestBytes}`,
      );
    }
    this.#finalTerminator = options.finalTerminator ?? true;
    if (!this.#finalTerminator && shortestBytes === 0) {
      // Nothing, ended by nothing, is no line: the text would have one line less than asked for.
      throw new RangeError("without a final terminator the shortest line needs a byte: 0");
    }
    this.#lengthCount = longestBytes - shortestBytes + 1;
    this.lineCount = wholeNumber("lineCount", options.lineCount ?? 1_000_000);
    this.#terminator = new TextEncoder().encode(options.terminator === "crlf" ? "\r\n" : "\n");
    this.#random = Xoshiro128.fromSeed(wholeNumber("seed", options.seed ?? 1));
    this.#filler = makeFillerBlock(this.#random);
  }

  /**
   * Writes the next bytes of the text into a chunk, and fills it unless the text ends in it.
   *
   * @param chunk Where to write. An empty one is left alone.
   * @returns How many bytes were written, from the chunk's start: less than its length only at the
   * end of the text, 0 when nothing is left.
   */
  fill(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.#doneBytes === this.#lineBytes && !this.#startLine()) break;
      // Where the chunk is full in between, the steps behind find no room and do nothing.
      at = this.#copyNumber(chunk, at);
      at = this.#copyFiller(chunk, at);
      at = this.#copyTerminator(chunk, at);
    }
    return at;
  }

  #startLine(): boolean {
    if (this.#startedLineCount === this.lineCount) return false;
    this.#startedLineCount++;
    this.#number.increment();
    const fraction = this.#random.nextUint32() / UINT32_COUNT;
    this.#bodyBytes = this.#shortestBytes + Math.floor(fraction * this.#lengthCount);
    this.#fillerOffset = this.#random.nextUint32() & (FILLER_BLOCK_BYTES - 1);
    this.#numberBytes = this.#bytesForNumber();
    this.#lineBytes = this.#bodyBytes + this.#bytesForTerminator();
    this.#doneBytes = 0;
    return true;
  }

  #bytesForNumber(): number {
    const digitCount = this.#number.digitCount;
    if (this.#bodyBytes < digitCount) return 0;
    return Math.min(this.#bodyBytes, digitCount + 1);
  }

  #bytesForTerminator(): number {
    const isLast = this.#startedLineCount === this.lineCount;
    return isLast && !this.#finalTerminator ? 0 : this.#terminator.length;
  }

  #copyNumber(chunk: Uint8Array, at: number): number {
    const start = this.#number.start + this.#doneBytes;
    const count = Math.min(this.#numberBytes - this.#doneBytes, chunk.length - at);
    if (count <= 0) return at;
    copyBytes(this.#number.bytes, start, chunk, at, count);
    this.#doneBytes += count;
    return at + count;
  }

  #copyFiller(chunk: Uint8Array, at: number): number {
    while (this.#doneBytes < this.#bodyBytes && at < chunk.length) {
      const start = (this.#fillerOffset + this.#doneBytes) % FILLER_BLOCK_BYTES;
      const wanted = Math.min(this.#bodyBytes - this.#doneBytes, chunk.length - at);
      const count = Math.min(wanted, FILLER_BLOCK_BYTES - start);
      copyBytes(this.#filler, start, chunk, at, count);
      this.#doneBytes += count;
      at += count;
    }
    return at;
  }

  #copyTerminator(chunk: Uint8Array, at: number): number {
    while (this.#doneBytes < this.#lineBytes && at < chunk.length) {
      chunk[at++] = this.#terminator[this.#doneBytes++ - this.#bodyBytes]!;
    }
    return at;
  }
}
