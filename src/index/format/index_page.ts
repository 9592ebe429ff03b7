import { readBits } from "./bit_packing.ts";
import { checkpointsOf, LINES_PER_CHECKPOINT, type PageLengths } from "./page_bytes.ts";

// The memory of a page without its packed lengths and checkpoints: objects, their headers and an entry in a
// cache; measured on Deno 2.9.
const OBJECT_BYTES = 700;

/**
 * A page of the index in memory: where each of its lines begins and ends. A line is given by its place in the
 * page: 0 to `lines` - 1.
 */
export class IndexPage {
  readonly lines: number;
  /** Offset of its first line in the text. */
  readonly firstOffset: number;
  readonly lengths: PageLengths;
  /** The offsets of the lines 0, 8, 16, … in the page, and last the size of the page. */
  readonly checkpoints: Uint32Array | Float64Array;

  /** @param lengths `packed` is kept, not copied */
  constructor(lengths: PageLengths) {
    this.lines = lengths.lines;
    this.firstOffset = lengths.firstOffset;
    this.lengths = lengths;
    this.checkpoints = checkpointsOf(lengths);
  }

  /** Offset after its last line, with its terminator, in the text. */
  get endOffset(): number {
    return this.firstOffset + this.checkpoints[this.checkpoints.length - 1]!;
  }

  /** About how much memory it takes. */
  get memoryBytes(): number {
    return OBJECT_BYTES + this.lengths.packed.buffer.byteLength + this.checkpoints.byteLength;
  }

  /** The offset of a line in the text. */
  startOf(place: number): number {
    const checkpoint = Math.floor(place / LINES_PER_CHECKPOINT);
    const from = checkpoint * LINES_PER_CHECKPOINT;
    return this.firstOffset + this.checkpoints[checkpoint]! + this.#sum(from, place);
  }

  /** The length of a line in bytes, with its terminator. */
  lengthOf(place: number): number {
    const { minLength, widthBits, packed } = this.lengths;
    return minLength + readBits(packed, place * widthBits, widthBits);
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
