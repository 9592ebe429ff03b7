/** A part of a text, unpacked. */
export interface Part {
  readonly textOffset: number;
  readonly text: Uint8Array;
}

interface OwnedPart extends Part {
  /** The text that it is of. */
  readonly owner: object;
}

/**
 * The blocks of texts that were used last, unpacked.
 *
 * - Capacity: bytes of text, the sum of what the texts were given; the newest block is kept even if it is larger.
 * - The block that was not used for the longest time goes first.
 */
export class UnpackedBlocks {
  // The newest last. Few enough to be searched one by one: a block has 64 KiB or so.
  #parts: OwnedPart[] = [];
  #usedBytes = 0;
  #capacityBytes = 0;

  /** Gives room to a text. The caller takes it back with {@linkcode leave}. */
  join(capacityBytes: number): void {
    this.#capacityBytes += capacityBytes;
  }

  /** Takes back the room of a text, and drops its blocks. */
  leave(owner: object, capacityBytes: number): void {
    this.#capacityBytes -= capacityBytes;
    this.#parts = this.#parts.filter((part) => part.owner !== owner);
    this.#usedBytes = this.#parts.reduce((sum, { text }) => sum + text.length, 0);
  }

  /** The block that contains a byte of a text, if it is there. */
  find(owner: object, textOffset: number): Part | undefined {
    for (let i = this.#parts.length - 1; i >= 0; i--) {
      const part = this.#parts[i]!;
      const at = textOffset - part.textOffset;
      if (at < 0 || at >= part.text.length || part.owner !== owner) continue;
      this.#parts.splice(i, 1);
      this.#parts.push(part);
      return part;
    }
    return undefined;
  }

  add(owner: object, { textOffset, text }: Part): void {
    this.#parts.push({ owner, textOffset, text });
    this.#usedBytes += text.length;
    while (this.#usedBytes > this.#capacityBytes && this.#parts.length > 1) {
      this.#usedBytes -= this.#parts.shift()!.text.length;
    }
  }
}

/** Those of all texts of this thread. */
export const THREAD_BLOCKS: UnpackedBlocks = new UnpackedBlocks();
