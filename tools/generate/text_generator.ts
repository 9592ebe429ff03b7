import { DecimalCounter } from "./decimal_counter.ts";
import { Xoshiro128 } from "../load/pattern/xoshiro128.ts";

export type Terminator = "lf" | "crlf";

export interface TextOptions {
  /**
   * 0 to 2^53 - 1.
   *
   * @default {1_000_000}
   */
  lineCount?: number | undefined;
  /**
   * The length of the shortest line without its terminator, 0 to `longestBytes`; at least 1 if
   * `finalTerminator` is false.
   *
   * @default {1} or `longestBytes`, whichever is less
   */
  shortestBytes?: number | undefined;
  /**
   * The length of the longest line without its terminator, 0 to 2^53 - 1.
   *
   * @default {98}
   */
  longestBytes?: number | undefined;
  /**
   * 0 to 2^53 - 1.
   *
   * @default {1}
   */
  seed?: number | undefined;
  /** @default {"lf"} */
  terminator?: Terminator;
  /**
   * Whether the last line has a terminator.
   *
   * @default {true}
   */
  finalTerminator?: boolean;
}

/** 64 printable bytes. No digits: a line that starts with a digit starts with its number. */
const FILLER_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;!?-+*/=_";

/** A power of two, so that a bit mask gives a random offset. */
const FILLER_BLOCK_BYTES = 64 * 1024;

/** Up to this length, a loop is faster than `set`, which needs a view for each copy. */
const LOOP_COPY_BYTES_MAX = 48;

const UINT32_COUNT = 2 ** 32;

function createFillerBlock(random: Xoshiro128): Uint8Array {
  const alphabet = new TextEncoder().encode(FILLER_ALPHABET);
  const block = new Uint8Array(FILLER_BLOCK_BYTES);
  // The six high bits select one of the 64 bytes.
  for (let i = 0; i < block.length; i++) block[i] = alphabet[random.nextUint32() >>> 26]!;
  return block;
}

function checkInteger(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${name} must be an integer from 0 to 2^53 - 1, not ${value}`);
}

function copyBytes(from: Uint8Array, start: number, target: Uint8Array, at: number, count: number) {
  if (count > LOOP_COPY_BYTES_MAX) {
    target.set(from.subarray(start, start + count), at);
    return;
  }
  for (let i = 0; i < count; i++) target[at + i] = from[start + i]!;
}

/**
 * Generates a text of numbered lines in chunks.
 *
 * - The same options give the same bytes, for chunks of any size.
 * - Line lengths are uniformly distributed from `shortestBytes` to `longestBytes`. (If the range is
 *   larger than 2^32, 2^32 evenly spaced lengths occur.)
 * - A line starts with its number, counted from 1, a space, then filler: `123 kQ,e`. A line that is too
 *   short for its number is filler without digits. So all other lines differ.
 * - All bytes of a line are printable ASCII.
 * - Memory does not grow with the text or with the length of a line.
 */
export class TextGenerator {
  readonly lineCount: number;
  readonly #shortestBytes: number;
  readonly #lengthCount: number;
  readonly #terminator: Uint8Array;
  readonly #finalTerminator: boolean;
  readonly #random: Xoshiro128;
  readonly #filler: Uint8Array;
  readonly #number = new DecimalCounter();

  #startedLineCount = 0;

  // The current line: its number, filler up to #bodyBytes, its terminator up to #lineBytes. The first
  // #doneBytes have been written.
  #numberBytes = 0;
  #bodyBytes = 0;
  #lineBytes = 0;
  #doneBytes = 0;
  #fillerOffset = 0;

  /** @throws {RangeError} if a number is out of range */
  constructor(options: TextOptions = {}) {
    const longestBytes = checkInteger("longestBytes", options.longestBytes ?? 98);
    const shortestBytes = options.shortestBytes ?? Math.min(1, longestBytes);
    this.#shortestBytes = checkInteger("shortestBytes", shortestBytes);
    if (shortestBytes > longestBytes) {
      throw new RangeError(
        `The shortest line must not be longer than the longest line (${shortestBytes} > ${longestBytes}).`,
      );
    }
    this.#finalTerminator = options.finalTerminator ?? true;
    if (!this.#finalTerminator && shortestBytes === 0) {
      // An empty last line without a terminator would not be a line.
      throw new RangeError("Without a final terminator, the shortest line must have a byte.");
    }
    this.#lengthCount = longestBytes - shortestBytes + 1;
    this.lineCount = checkInteger("lineCount", options.lineCount ?? 1_000_000);
    this.#terminator = new TextEncoder().encode(options.terminator === "crlf" ? "\r\n" : "\n");
    this.#random = Xoshiro128.fromSeed(checkInteger("seed", options.seed ?? 1));
    this.#filler = createFillerBlock(this.#random);
  }

  /**
   * Fills a chunk with the next bytes of the text.
   *
   * @returns the number of bytes: less than the chunk's length only at the end of the text, then 0
   */
  fill(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.#doneBytes === this.#lineBytes && !this.#startLine()) break;
      // Steps after the chunk is full do nothing.
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
