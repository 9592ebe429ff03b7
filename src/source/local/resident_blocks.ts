import { Caution, StallScale } from "./caution.ts";

/** The unit in which it is remembered what the system holds in memory, in bytes. */
export const RESIDENT_BLOCK_BYTES = 16 * 1024;

/** A read that takes longer than this waited for the disk, in milliseconds. */
export const STALL_MS = 0.05;

/**
 * A disk is far where a read takes longer than this, in milliseconds: then a thread should not wait for
 * it. A near one answers about as soon as another thread could be asked.
 */
export const FAR_MS = 0.5;

/**
 * Guesses which blocks of a file the system holds in memory: nothing can ask it without more
 * permissions. A wrong guess costs a wait, or a longer way, and never a wrong byte.
 *
 * - As long as reads seldom wait for the disk, every block is taken to be there.
 * - For a while after they did (see {@linkcode Caution}) only blocks that were read before are.
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
  readonly #bits: Uint8Array;
  readonly #caution: Caution;
  readonly #distance: Caution;
  readonly #knownStalls = new StallScale();

  /**
   * Begins with no knowledge.
   *
   * @param fileBytes the size of the file
   * @param nowMs the clock
   */
  constructor(fileBytes: number, nowMs: () => number = () => performance.now()) {
    this.#bits = new Uint8Array(Math.ceil(fileBytes / RESIDENT_BLOCK_BYTES / 8));
    this.#caution = new Caution(nowMs);
    this.#distance = new Caution(nowMs);
  }

  /**
   * Whether reading there should not have to wait for the disk.
   *
   * @param from the first byte's offset
   * @param to behind the last byte, and more than `from`
   */
  expects(from: number, to: number): boolean {
    return this.has(from, to) || !this.#caution.isOn;
  }

  /** Whether the disk takes so long that a thread should not wait for it at all. */
  get isDiskFar(): boolean {
    return this.#distance.isOn;
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
    if (isStall) this.#distance.note(tookMs >= FAR_MS);
    if (this.has(from, to)) this.#noteKnown(tookMs >= FAR_MS);
    else this.#caution.note(isStall);
    this.add(from, to);
  }

  // A read of what is known to be there can take a tenth of a millisecond for want of a processor: so
  // only what takes much longer tells that it is no longer there.
  #noteKnown(isStall: boolean): void {
    if (!this.#knownStalls.note(isStall)) return;
    this.#knownStalls.clear();
    this.#bits.fill(0);
    this.#caution.begin();
  }
}

function blockOf(offset: number): number {
  return Math.floor(offset / RESIDENT_BLOCK_BYTES);
}
