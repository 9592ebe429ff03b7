import type { Block } from "./codec.ts";

/** Where the blocks of a compressed file are, found by their place in the text. */
export interface BlockTable {
  /**
   * Finds the block that contains a byte of the text, if that takes no read that blocks.
   *
   * @param textOffset 0 to the size of the text - 1
   * @throws {Error} if the table is damaged, or cannot be read; the message is one line for people
   */
  tryFind(textOffset: number): KnownBlock | undefined;
  /**
   * Finds the block that contains a byte of the text.
   *
   * @param textOffset 0 to the size of the text - 1
   * @throws {Error} (as a rejection) if the table is damaged, or cannot be read; the message is one line for people
   */
  find(textOffset: number, signal?: AbortSignal): Promise<KnownBlock>;
  /** The window of a block that has one, if that takes no read that blocks. Throws what `tryFind` does. */
  tryReadWindow(block: KnownBlock): Uint8Array | undefined;
  /** The window of a block that has one. Throws what `find` does. */
  readWindow(block: KnownBlock, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A block of which is known what it must contain. */
export interface KnownBlock extends Block {
  readonly hasWindow: boolean;
  /** Whether a text is what the block contained when the file was indexed. */
  isText(text: Uint8Array): boolean;
}
