/** The unit in which it is remembered what the system holds in memory, in bytes. */
export const RESIDENT_BLOCK_BYTES = 16 * 1024;

/** A read that takes longer than this waited for the disk, in milliseconds. */
export const STALL_MS = 0.5;

/**
 * For how long after a stall only blocks that were read before are read without waiting; twice as long
 * after each that follows, up to {@linkcode CAUTION_MAX_MS}.
 */
export const CAUTION_MS = 50;

/** See {@linkcode CAUTION_MS}. */
export const CAUTION_MAX_MS = 1_000;

// One stall alone may have been the scheduler's doing: so it weighs as much as this many reads that did
// not stall, and so much weight is ignored.
const STALL_WEIGHT = 8;
const STALLS_MAX_WEIGHT = 24;

/**
 * Guesses which blocks of a file the system holds in memory: nothing can ask it without more
 * permissions. A wrong guess costs a wait, or a longer way, and never a wrong byte.
 *
 * - As long as reads seldom wait for the disk, every block is taken to be there.
 * - For {@linkcode CAUTION_MS} or longer after they did, only blocks that were read before are. At
 *   first, and after that time, one read that waits is enough; the more did not, the more it takes.
 * - Where reads of blocks that were read before often wait too, all are forgotten.
 *
 * Takes one bit for {@linkcode RESIDENT_BLOCK_BYTES} of the file: 8 MiB for one of 1 TiB.
 *
 * @example
 * ```ts
 * import { ResidentBlocks } from "./resident_blocks.ts";
 *
 * const resident = new ResidentBlocks(1024 * 1024);
 * console.log(resident.expects(0, 100)); // true: nothing is known to the contrary
 * resident.note(0, 100, 20);
 * console.log(resident.expects(0, 100), resident.expects(50_000, 50_100)); // true, false
 * ```
 */
export class ResidentBlocks {
  readonly #nowMs: () => number;
  readonly #bits: Uint8Array;
  #cautiousUntilMs = -Infinity;
  #cautionMs = CAUTION_MS;
  // Of reads of blocks that were read before, and of others.
  #knownWeight = 0;
  #unknownWeight = STALLS_MAX_WEIGHT;

  /**
   * Begins with no knowledge.
   *
   * @param fileBytes the size of the file
   * @param nowMs the clock
   */
  constructor(fileBytes: number, nowMs: () => number = () => performance.now()) {
    this.#bits = new Uint8Array(Math.ceil(fileBytes / RESIDENT_BLOCK_BYTES / 8));
    this.#nowMs = nowMs;
  }

  /**
   * Whether reading there should not have to wait for the disk.
   *
   * @param from the first byte's offset
   * @param to behind the last byte, and more than `from`
   */
  expects(from: number, to: number): boolean {
    return this.has(from, to) || this.#nowMs() >= this.#cautiousUntilMs;
  }

  /** Whether all blocks there were read before. */
  has(from: number, to: number): boolean {
    const last = blockOf(to - 1);
    for (let block = blockOf(from); block <= last; block++) {
      if ((this.#bits[Math.floor(block / 8)]! & 1 << block % 8) === 0) return false;
    }
    return true;
  }

  /** Remembers that the blocks there were read. */
  add(from: number, to: number): void {
    const last = blockOf(to - 1);
    for (let block = blockOf(from); block <= last; block++) {
      this.#bits[Math.floor(block / 8)]! |= 1 << block % 8;
    }
  }

  /**
   * Learns from a read that did not give way to other work.
   *
   * @param tookMs how long it took
   */
  note(from: number, to: number, tookMs: number): void {
    const isStall = tookMs >= STALL_MS;
    if (this.has(from, to)) this.#noteKnown(isStall);
    else this.#noteUnknown(isStall);
    this.add(from, to);
  }

  #noteKnown(isStall: boolean): void {
    this.#knownWeight = weigh(this.#knownWeight, isStall);
    if (this.#knownWeight <= STALLS_MAX_WEIGHT) return;
    this.#knownWeight = 0;
    this.#bits.fill(0);
    this.#beCautious();
  }

  #noteUnknown(isStall: boolean): void {
    this.#unknownWeight = weigh(this.#unknownWeight, isStall);
    if (this.#unknownWeight === 0) this.#cautionMs = CAUTION_MS;
    if (this.#unknownWeight <= STALLS_MAX_WEIGHT) return;
    this.#unknownWeight = STALLS_MAX_WEIGHT;
    this.#beCautious();
  }

  #beCautious(): void {
    this.#cautiousUntilMs = this.#nowMs() + this.#cautionMs;
    this.#cautionMs = Math.min(2 * this.#cautionMs, CAUTION_MAX_MS);
  }
}

function weigh(weight: number, isStall: boolean): number {
  return isStall ? weight + STALL_WEIGHT : Math.max(0, weight - 1);
}

function blockOf(offset: number): number {
  return Math.floor(offset / RESIDENT_BLOCK_BYTES);
}
