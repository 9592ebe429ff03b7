import type { Codec, UnpackedBlock } from "../../source/compressed/codec.ts";
import type { ByteSource } from "../../source/text_source.ts";
import { nextTask, YIELD_AFTER_MS } from "./next_task.ts";
import { findNewlinesIn, SEGMENT_BYTES } from "./segment_scanner.ts";
import type { SegmentNewlines, TextScanner } from "./text_scanner.ts";

/** How a compressed file is scanned. */
export interface CompressedScanOptions {
  /** Receives each block, in order, before its newlines are yielded. */
  readonly onBlock: (block: UnpackedBlock) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacks a compressed file from its beginning to its end, and finds the newlines of its text. */
export class CompressedScanner implements TextScanner {
  readonly #stored: ByteSource;
  readonly #codec: Codec;
  readonly #options: CompressedScanOptions;
  #textBytes = 0;

  /** @param stored the caller closes it */
  constructor(stored: ByteSource, codec: Codec, options: CompressedScanOptions) {
    this.#stored = stored;
    this.#codec = codec;
    this.#options = options;
  }

  get allBytes(): number {
    return this.#stored.size;
  }

  get textBytes(): number {
    return this.#textBytes;
  }

  async *segments(): AsyncGenerator<SegmentNewlines, void> {
    const { onBlock, signal } = this.#options;
    let yieldedMs = performance.now();
    for await (const block of this.#codec.scan(this.#stored, { signal })) {
      if (performance.now() - yieldedMs > YIELD_AFTER_MS) {
        await nextTask();
        yieldedMs = performance.now();
      }
      onBlock(block);
      this.#textBytes = block.textOffset + block.textBytes;
      const doneBytes = block.storedOffset + block.storedBytes;
      for (let from = 0; from < block.text.length; from += SEGMENT_BYTES) {
        // Copied: another scan in this thread may overwrite them before they are used.
        const newlines = findNewlinesIn(block.text.subarray(from, from + SEGMENT_BYTES)).slice();
        yield { offset: block.textOffset + from, newlines, doneBytes };
      }
    }
  }

  /** Does nothing: the codec ends its threads when the iteration ends. */
  [Symbol.dispose](): void {}
}
