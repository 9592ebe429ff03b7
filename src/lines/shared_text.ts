import type { IndexHeader } from "../index/header.ts";
import { FINGERPRINT_BYTES, sameFingerprint } from "../text/fingerprint.ts";
import { TextError } from "../text/text_error.ts";
import { allocate } from "./cache_memory.ts";
import { TEXT_BLOCK_BYTES, textBlockCount } from "./text_block.ts";

const ABSENT = 0;
const PRESENT = 1;

/** Which text it is, as its index says. */
export type TextOfIndex = Pick<IndexHeader, "textBytes" | "fingerprint">;

/**
 * Memory for a whole text, shared by the threads that serve it: each keeps in it what it has read, and
 * finds there what the others have.
 *
 * - A block of the text has a frame of its own, and stays: nothing that was found can change.
 * - Two threads may read a block at the same time; both then write the same bytes.
 * - It is bound to its text: a thread that starts later may find another at the same path.
 *
 * @example
 * ```ts
 * import { SharedText } from "./shared_text.ts";
 *
 * const text = { textBytes: 8, fingerprint: new Uint8Array(32) };
 * const one = SharedText.create(text);
 * const other = new SharedText(one.buffer, text);
 * one.publish(0, new TextEncoder().encode("one\ntwo\n"));
 * console.log(other.has(0), other.bytes[4]); // true 116: the "t" of "two"
 * ```
 */
export class SharedText {
  /** What another thread needs to share it. */
  readonly buffer: SharedArrayBuffer;
  /** The text, as far as it is there. Not to be changed by others. */
  readonly bytes: Uint8Array;
  readonly #states: Int32Array;

  /**
   * Joins a memory that another thread has made.
   *
   * @param buffer made by {@linkcode SharedText.create} for the same text
   * @throws {TextError} where it is of another one
   */
  constructor(buffer: SharedArrayBuffer, { textBytes, fingerprint }: TextOfIndex) {
    const blocks = textBlockCount(textBytes);
    const isSameSize = buffer.byteLength === SharedText.sizeFor(textBytes);
    if (!isSameSize || !sameFingerprint(fingerprintIn(buffer), fingerprint)) {
      throw new TextError("Text changed: it is not the one in memory: start the server again");
    }
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer, 0, blocks * TEXT_BLOCK_BYTES);
    this.#states = new Int32Array(buffer, blocks * TEXT_BLOCK_BYTES, blocks);
  }

  /**
   * Makes the memory for a text. It is taken from the system as it is filled.
   *
   * @throws {CacheMemoryError} where there is not so much memory
   */
  static create(text: TextOfIndex): SharedText {
    const buffer = allocate(SharedText.sizeFor(text.textBytes), SharedArrayBuffer);
    fingerprintIn(buffer).set(text.fingerprint);
    return new SharedText(buffer, text);
  }

  /** How much memory a text of that size takes, in bytes. */
  static sizeFor(textBytes: number): number {
    const blocks = textBlockCount(textBytes);
    return blocks * (TEXT_BLOCK_BYTES + Int32Array.BYTES_PER_ELEMENT) + FINGERPRINT_BYTES;
  }

  /** Whether a block of the text is there. */
  has(block: number): boolean {
    return Atomics.load(this.#states, block) === PRESENT;
  }

  /** Puts a block into its frame, for all threads to find. */
  publish(block: number, bytes: Uint8Array): void {
    if (Atomics.load(this.#states, block) !== ABSENT) return;
    this.bytes.set(bytes, block * TEXT_BLOCK_BYTES);
    Atomics.store(this.#states, block, PRESENT);
  }
}

// Behind all the rest.
function fingerprintIn(buffer: SharedArrayBuffer): Uint8Array {
  return new Uint8Array(buffer, buffer.byteLength - FINGERPRINT_BYTES);
}
