/**
 * What compressed formats have in common: their files consist of blocks that can be unpacked one by one. Each
 * format is one {@linkcode Codec}.
 *
 * @module
 */
import type { ByteSource } from "../text_source.ts";

/** The formats. */
export type CodecName = "zstd" | "bgzf" | "gzip";

/** The largest block that is read, in bytes of text: a bound for memory, whatever a damaged file says. */
export const BLOCK_TEXT_MAX_BYTES: number = 64 * 1024 * 1024;

/** Where a block is, in the file and in the text. */
export interface Block {
  /** Offset in the text of its first byte. */
  readonly textOffset: number;
  /** Its size when unpacked: 1 to {@linkcode BLOCK_TEXT_MAX_BYTES}. */
  readonly textBytes: number;
  /** Offset in the file of its first byte. */
  readonly storedOffset: number;
  /** Its size in the file. */
  readonly storedBytes: number;
  /** How many bits of its first byte, from the lowest, belong to the block before: 0 to 7. Only gzip has such blocks. */
  readonly skippedBits: number;
}

/** A block, and what is in it. */
export interface UnpackedBlock extends Block {
  /** The text. It belongs to the receiver. */
  readonly text: Uint8Array;
  /**
   * What else of the text the codec needs to unpack the block, in a form of its own: of gzip, the 32 KiB before it,
   * compressed. Undefined if nothing is needed.
   */
  readonly window: Uint8Array | undefined;
}

/** How a file is scanned. */
export interface ScanOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A compressed format. */
export interface Codec {
  readonly name: CodecName;
  /**
   * @throws {TextError} if the runtime cannot unpack the format: older ones have no zstd
   * @default {every runtime can}
   */
  assertAvailable?(fileName: string): void;
  /**
   * Unpacks a file from its beginning to its end, and finds its blocks. Everything that the format can check is
   * checked: lengths, checksums, and that the file does not end early.
   *
   * Blocks follow each other in the text without gaps, from offset 0. Blocks without text are left out.
   *
   * @throws {TextError} (as a rejection) if the file is damaged, cannot be read, or cannot be read in the middle
   * @throws the signal's reason, if it was aborted
   */
  scan(stored: ByteSource, options?: ScanOptions): AsyncGenerator<UnpackedBlock, void>;
  /**
   * Unpacks one block.
   *
   * @param stored the `storedBytes` of the block
   * @param window what {@linkcode UnpackedBlock.window} was
   * @returns `textBytes` bytes, which belong to the caller
   * @throws {DamagedBlock} if they do not unpack to exactly that many bytes, or a checksum fails
   */
  unpack(stored: Uint8Array, block: Block, window?: Uint8Array): Uint8Array;
}

/** A block cannot be unpacked. The message says why in a few words. */
export class DamagedBlock extends Error {
  override readonly name = "DamagedBlock";
}
