import { readBits } from "./bit_packing.ts";
import { LENGTHS_PER_SUM, lengthSums } from "./length_sums.ts";

/** What a page says of its lines, as it stands in the index. */
export interface PageLengths {
  /** How many lines the page holds: 1 or more. */
  readonly lines: number;
  /** Where the page's first line begins in the text. */
  readonly firstOffset: number;
  /** The length in bytes of the page's shortest line, its terminator included. */
  readonly minLength: number;
  /** The width in bits of each packed value: 0 to 53. */
  readonly widthBits: number;
  /** Each line's length less `minLength`, packed. */
  readonly packed: Uint8Array;
}

/** A look-up adds up fewer lengths than this. */
export const LINES_PER_CHECKPOINT: number = LENGTHS_PER_SUM;

/**
 * What a page in memory costs beside its packed lengths and offsets: objects and their headers, and its
 * entry in a cache; measured on Deno 2.9.
 */
const OBJECT_BYTES = 700;

/**
 * One page of the index in memory: where each of its lines begins and ends. It costs little more than
 * in the file.
 *
 * @example
 * ```ts
 * import { IndexPage } from "./index_page.ts";
 *
 * // Three lines of 4, 6 and 5 bytes: 0, 2 and 1 above the shortest, in two bits each.
 * const packed = Uint8Array.of(0b01_10_00);
 * const page = new IndexPage({ lines: 3, firstOffset: 100, minLength: 4, widthBits: 2, packed });
 * console.log(page.startOf(1), page.startOf(2), page.endOffset); // 104 110 115
 * ```
 */
export class IndexPage {
  /** How many lines the page holds. */
  readonly lines: number;
  /** Where the page's first line begins in the text. */
  readonly firstOffset: number;
  /** What it was made of. */
  readonly lengths: PageLengths;
  /** Where the lines 0, 8, 16, … begin, counted from the first, and last where the page ends. */
  readonly checkpoints: Uint32Array | Float64Array;
  readonly #minLength: number;
  readonly #widthBits: number;
  readonly #packed: Uint8Array;

  /**
   * Adds the lengths up once.
   *
   * @param lengths `packed` is kept, not copied
   */
  constructor(lengths: PageLengths) {
    this.lines = lengths.lines;
    this.firstOffset = lengths.firstOffset;
    this.lengths = lengths;
    this.#minLength = lengths.minLength;
    this.#widthBits = lengths.widthBits;
    this.#packed = lengths.packed;
    this.checkpoints = addUp(lengths);
  }

  /** Where the page's last line ends in the text: its terminator is before this offset. */
  get endOffset(): number {
    return this.firstOffset + this.checkpoints[this.checkpoints.length - 1]!;
  }

  /** About how much memory the page takes. */
  get memoryBytes(): number {
    return OBJECT_BYTES + this.#packed.buffer.byteLength + this.checkpoints.byteLength;
  }

  /**
   * Where a line begins in the text.
   *
   * @param place 0 to `lines` - 1
   */
  startOf(place: number): number {
    const checkpoint = Math.floor(place / LINES_PER_CHECKPOINT);
    const from = checkpoint * LINES_PER_CHECKPOINT;
    return this.firstOffset + this.checkpoints[checkpoint]! + this.#sum(from, place);
  }

  /**
   * The length of a line in bytes, its terminator included.
   *
   * @param place 0 to `lines` - 1
   */
  lengthOf(place: number): number {
    return this.#minLength + readBits(this.#packed, place * this.#widthBits, this.#widthBits);
  }

  /**
   * Writes where each line begins, counted from the page's first byte, and last where the page ends.
   *
   * @param into has room for `lines` + 1 numbers, which are less than 2^32
   * @param at where the first of them goes
   */
  writeOffsets(into: Uint32Array, at: number): void {
    let offset = 0;
    for (let place = 0; place < this.lines; place++) {
      into[at + place] = offset;
      offset += this.lengthOf(place);
    }
    into[at + this.lines] = offset;
  }

  #sum(from: number, to: number): number {
    const widthBits = this.#widthBits;
    let sum = (to - from) * this.#minLength;
    if (widthBits === 0) return sum;
    const end = to * widthBits;
    for (let bit = from * widthBits; bit < end; bit += widthBits) {
      sum += readBits(this.#packed, bit, widthBits);
    }
    return sum;
  }
}

function addUp({ lines, minLength, widthBits, packed }: PageLengths): Uint32Array | Float64Array {
  const bytesMax = lines * (minLength + 2 ** widthBits);
  if (bytesMax < 2 ** 32) return lengthSums(packed, lines, widthBits, minLength);
  const checkpoints = new Float64Array(Math.ceil(lines / LINES_PER_CHECKPOINT) + 1);
  let offset = 0;
  for (let i = 0, place = 0; place < lines; i++) {
    checkpoints[i] = offset;
    for (const end = Math.min(place + LINES_PER_CHECKPOINT, lines); place < end; place++) {
      offset += minLength + readBits(packed, place * widthBits, widthBits);
    }
  }
  checkpoints[checkpoints.length - 1] = offset;
  return checkpoints;
}
