import { readBits } from "./bit_packing.ts";
import { checkpointCount, checkpointsOf, LINES_PER_CHECKPOINT } from "./checkpoints.ts";
import type { PageLengths } from "./page_lengths.ts";

/**
 * What a page in memory costs beside its packed lengths and offsets: objects and their headers, and its
 * entry in a cache; measured on Deno 2.9.
 */
const OBJECT_BYTES = 700;

/**
 * How much memory a page takes at most, about.
 *
 * @param lines how many lines it has
 * @param packedPageBytes what it takes in the index
 */
export function pageMemoryBytes(lines: number, packedPageBytes: number): number {
  return OBJECT_BYTES + packedPageBytes + checkpointCount(lines) * Float64Array.BYTES_PER_ELEMENT;
}

/**
 * One page of the index in memory: where each of its lines begins and ends. Made to be looked at once, or
 * kept where it fits nowhere else: it costs more memory than in the file.
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
  /** The packed lengths of its lines. */
  readonly lengths: PageLengths;
  /** Where the lines 0, 8, 16, … begin, counted from the first, and last where the page ends. */
  readonly checkpoints: Uint32Array | Float64Array;

  /**
   * Adds the lengths up once.
   *
   * @param lengths `packed` is kept, not copied
   */
  constructor(lengths: PageLengths) {
    this.lines = lengths.lines;
    this.firstOffset = lengths.firstOffset;
    this.lengths = lengths;
    this.checkpoints = checkpointsOf(lengths);
  }

  /** Where the page's last line ends in the text: its terminator is before this offset. */
  get endOffset(): number {
    return this.firstOffset + this.checkpoints[this.checkpoints.length - 1]!;
  }

  /** About how much memory the page takes. */
  get memoryBytes(): number {
    return OBJECT_BYTES + this.lengths.packed.buffer.byteLength + this.checkpoints.byteLength;
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
    const { minLength, widthBits, packed } = this.lengths;
    return minLength + readBits(packed, place * widthBits, widthBits);
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
    const { minLength, widthBits, packed } = this.lengths;
    let sum = (to - from) * minLength;
    if (widthBits === 0) return sum;
    const end = to * widthBits;
    for (let bit = from * widthBits; bit < end; bit += widthBits) {
      sum += readBits(packed, bit, widthBits);
    }
    return sum;
  }
}
