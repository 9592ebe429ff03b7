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

/**
 * What a page in memory is: with its lengths as they stand in the index, or with the place of every line
 * in their stead, which takes two to three times the memory and is found in half the time.
 */
export type PageForm = "packed" | "unpacked";

// In a packed page a look-up adds up fewer lengths than this.
const LINES_PER_CHECKPOINT = 8;

/** What a page in memory costs beside its packed lengths and offsets: objects and their headers. */
const OBJECT_BYTES = 320;

/**
 * About how much memory a page takes.
 *
 * @param lines how many lines it has
 * @param slotBytes the size of its slot
 */
export function pageMemoryBytes(form: PageForm, lines: number, slotBytes: number): number {
  const kept = form === "packed" ? slotBytes : 0;
  return OBJECT_BYTES + kept + offsetCount(form, lines) * Uint32Array.BYTES_PER_ELEMENT;
}

function offsetCount(form: PageForm, lines: number): number {
  return (form === "packed" ? Math.ceil(lines / LINES_PER_CHECKPOINT) : lines) + 1;
}

/**
 * One page of the index in memory: where each of its lines begins and ends.
 *
 * A packed page costs little more than in the file.
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
  // Kept in a packed page only.
  readonly #packed: Uint8Array | undefined;
  // Where lines begin, counted from the first, and last where the page ends: of an unpacked page all
  // lines, of a packed one the lines 0, 8, 16, …
  readonly #offsets: Uint32Array | Float64Array;

  /**
   * Adds the lengths up once.
   *
   * @param lengths `packed` is kept in a packed page, not copied
   * @param form what it is to be
   */
  constructor(lengths: PageLengths, form: PageForm = "packed") {
    this.lines = lengths.lines;
    this.firstOffset = lengths.firstOffset;
    this.#minLength = lengths.minLength;
    this.#widthBits = lengths.widthBits;
    this.#packed = form === "packed" ? lengths.packed : undefined;
    this.#offsets = addUp(lengths, form);
  }

  /** Where the page's last line ends in the text: its terminator is before this offset. */
  get endOffset(): number {
    return this.firstOffset + this.#offsets[this.#offsets.length - 1]!;
  }

  /** About how much memory the page takes. */
  get memoryBytes(): number {
    return OBJECT_BYTES + (this.#packed?.buffer.byteLength ?? 0) + this.#offsets.byteLength;
  }

  /**
   * Where a line begins in the text.
   *
   * @param place 0 to `lines` - 1
   */
  startOf(place: number): number {
    const packed = this.#packed;
    if (packed === undefined) return this.firstOffset + this.#offsets[place]!;
    const checkpoint = Math.floor(place / LINES_PER_CHECKPOINT);
    const from = checkpoint * LINES_PER_CHECKPOINT;
    return this.firstOffset + this.#offsets[checkpoint]! + this.#sum(packed, from, place);
  }

  /**
   * The length of a line in bytes, its terminator included.
   *
   * @param place 0 to `lines` - 1
   */
  lengthOf(place: number): number {
    const packed = this.#packed;
    if (packed === undefined) return this.#offsets[place + 1]! - this.#offsets[place]!;
    return this.#minLength + readBits(packed, place * this.#widthBits, this.#widthBits);
  }

  #sum(packed: Uint8Array, from: number, to: number): number {
    const widthBits = this.#widthBits;
    let sum = (to - from) * this.#minLength;
    if (widthBits === 0) return sum;
    const end = to * widthBits;
    for (let bit = from * widthBits; bit < end; bit += widthBits) {
      sum += readBits(packed, bit, widthBits);
    }
    return sum;
  }
}

function addUp(
  { lines, minLength, widthBits, packed }: PageLengths,
  form: PageForm,
): Uint32Array | Float64Array {
  const step = form === "packed" ? LINES_PER_CHECKPOINT : 1;
  const count = offsetCount(form, lines);
  const bytesMax = lines * (minLength + 2 ** widthBits);
  const offsets = bytesMax < 2 ** 32 ? new Uint32Array(count) : new Float64Array(count);
  let offset = 0;
  for (let i = 0, place = 0; i < count - 1; i++) {
    offsets[i] = offset;
    for (const end = Math.min(place + step, lines); place < end; place++) {
      offset += minLength + readBits(packed, place * widthBits, widthBits);
    }
  }
  offsets[count - 1] = offset;
  return offsets;
}
