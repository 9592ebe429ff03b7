/** A part of a text, unpacked. */
export interface Part {
  readonly textOffset: number;
  readonly text: Uint8Array;
}

/**
 * The blocks of a text that were used last, unpacked.
 *
 * - Capacity: bytes of text; the newest block is kept even if it is larger.
 * - The block that was not used for the longest time goes first.
 */
export class UnpackedBlocks {
  readonly #capacityBytes: number;
  // The newest last. Few enough to be searched one by one: a block has 64 KiB or so.
  #parts: Part[] = [];
  #usedBytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** The block that contains a byte of the text, if it is there. */
  find(textOffset: number): Part | undefined {
    for (let i = this.#parts.length - 1; i >= 0; i--) {
      const part = this.#parts[i]!;
      const at = textOffset - part.textOffset;
      if (at < 0 || at >= part.text.length) continue;
      this.#parts.splice(i, 1);
      this.#parts.push(part);
      return part;
    }
    return undefined;
  }

  add(part: Part): void {
    this.#parts.push(part);
    this.#usedBytes += part.text.length;
    while (this.#usedBytes > this.#capacityBytes && this.#parts.length > 1) {
      this.#usedBytes -= this.#parts.shift()!.text.length;
    }
  }
}
