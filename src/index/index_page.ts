import { readBits } from "./bit_packing.ts";

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

// A look-up adds up at most this many lengths; each checkpoint costs eight bytes of memory.
const LINES_PER_CHECKPOINT = 16;

/** What a page in memory costs beside its packed lengths and checkpoints: objects and their headers. */
const OBJECT_BYTES = 320;

/** About how much memory a page of so many lines takes, its packed lengths having so many bytes. */
export function pageMemoryBytes(lines: number, slotBytes: number): number {
  return OBJECT_BYTES + slotBytes + checkpointCount(lines) * Float64Array.BYTES_PER_ELEMENT;
}

function checkpointCount(lines: number): number {
  return Math.ceil(lines / LINES_PER_CHECKPOINT) + 1;
}

/**
 * One page of the index in memory: where each of its lines begins and ends.
 *
 * The lengths stay packed, so that a page costs little more than in the file.
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
  readonly #minLength: number;
  readonly #widthBits: number;
  readonly #packed: Uint8Array;
  // Where the lines 0, 16, 32, … of the page begin, and last where the page ends.
  readonly #checkpoints: Float64Array;

  /**
   * Adds the lengths up once.
   *
   * @param lengths `packed` is kept, not copied
   */
  constructor(lengths: PageLengths) {
    this.lines = lengths.lines;
    this.firstOffset = lengths.firstOffset;
    this.#minLength = lengths.minLength;
    this.#widthBits = lengths.widthBits;
    this.#packed = lengths.packed;
    this.#checkpoints = this.#addUp();
  }

  /** Where the page's last line ends in the text: its terminator is before this offset. */
  get endOffset(): number {
    return this.#checkpoints[this.#checkpoints.length - 1]!;
  }

  /** About how much memory the page takes. */
  get memoryBytes(): number {
    return pageMemoryBytes(this.lines, this.#packed.buffer.byteLength);
  }

  /**
   * Where a line begins in the text.
   *
   * @param place 0 to `lines` - 1
   */
  startOf(place: number): number {
    const checkpoint = Math.floor(place / LINES_PER_CHECKPOINT);
    const from = checkpoint * LINES_PER_CHECKPOINT;
    return this.#checkpoints[checkpoint]! + this.#sum(from, place);
  }

  /**
   * The length of a line in bytes, its terminator included.
   *
   * @param place 0 to `lines` - 1
   */
  lengthOf(place: number): number {
    const widthBits = this.#widthBits;
    return this.#minLength + readBits(this.#packed, place * widthBits, widthBits);
  }

  #addUp(): Float64Array {
    const { lines, firstOffset } = this;
    const checkpoints = new Float64Array(checkpointCount(lines));
    checkpoints[0] = firstOffset;
    for (let i = 1; i < checkpoints.length; i++) {
      const from = (i - 1) * LINES_PER_CHECKPOINT;
      const to = Math.min(from + LINES_PER_CHECKPOINT, lines);
      checkpoints[i] = checkpoints[i - 1]! + this.#sum(from, to);
    }
    return checkpoints;
  }

  #sum(from: number, to: number): number {
    const widthBits = this.#widthBits;
    const packed = this.#packed;
    let sum = (to - from) * this.#minLength;
    if (widthBits === 0) return sum;
    const end = to * widthBits;
    for (let bit = from * widthBits; bit < end; bit += widthBits) {
      sum += readBits(packed, bit, widthBits);
    }
    return sum;
  }
}
