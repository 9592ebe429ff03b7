import type { BlockTable, KnownBlock } from "../../src/source/compressed/block_table.ts";
import { type Block, type Codec, DamagedBlock } from "../../src/source/compressed/codec.ts";

const FLIP = 0x5a;

/** A codec that only flips bits: a block is as long as its text. */
export const FLIPPING_CODEC: Codec = {
  name: "zstd",
  async *scan(stored) {
    const bytes = new Uint8Array(stored.size);
    await stored.read(bytes, 0);
    for (const block of flippedBlocks(bytes.length, 7)) {
      const text = flipped(
        bytes.subarray(block.storedOffset, block.storedOffset + block.storedBytes),
      );
      yield { ...block, text, window: undefined };
    }
  },
  unpack(stored, { textBytes }) {
    if (stored.length !== textBytes) throw new DamagedBlock("another size");
    return flipped(stored);
  },
};

/** What unpacks to the text. */
export function flipped(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes, (byte) => byte ^ FLIP);
}

/** The blocks of a text, all but the last of the same size. */
export function flippedBlocks(textBytes: number, blockBytes: number): Block[] {
  const blocks: Block[] = [];
  for (let offset = 0; offset < textBytes; offset += blockBytes) {
    const bytes = Math.min(blockBytes, textBytes - offset);
    blocks.push({
      textOffset: offset,
      textBytes: bytes,
      storedOffset: offset,
      storedBytes: bytes,
      skippedBits: 0,
    });
  }
  return blocks;
}

/** How a {@linkcode MemoryTable} behaves. */
export interface MemoryTableOptions {
  /** Whether finding a block takes a read that blocks. */
  readonly blocks?: (textOffset: number) => boolean;
}

/** A table in memory, of a text whose blocks are those of {@linkcode flippedBlocks}. */
export class MemoryTable implements BlockTable {
  readonly #content: Uint8Array;
  readonly #blocks: readonly Block[];
  readonly #options: MemoryTableOptions;

  constructor(content: Uint8Array, blockBytes: number, options: MemoryTableOptions = {}) {
    this.#content = content.slice();
    this.#blocks = flippedBlocks(content.length, blockBytes);
    this.#options = options;
  }

  tryFind(textOffset: number): KnownBlock | undefined {
    return this.#options.blocks?.(textOffset) === true ? undefined : this.#find(textOffset);
  }

  find(textOffset: number): Promise<KnownBlock> {
    return Promise.resolve(this.#find(textOffset));
  }

  tryReadWindow(): never {
    throw new Error("no block has a window");
  }

  readWindow(): never {
    throw new Error("no block has a window");
  }

  #find(textOffset: number): KnownBlock {
    const block = this.#blocks.find((one) => textOffset < one.textOffset + one.textBytes)!;
    const expected = this.#content.slice(block.textOffset, block.textOffset + block.textBytes);
    const isText = (text: Uint8Array) => text.every((byte, i) => byte === expected[i]);
    return { ...block, hasWindow: false, isText };
  }
}
