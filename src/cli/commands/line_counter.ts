import { chunk, CHUNK_MAX_BYTES, findNewlines, memory } from "../../index/scan/newlines.wasm";
import { LF } from "../../source/text_source.ts";

// A number in any case: older runtimes import the globals themselves.
const PIECE_BYTES = Number(CHUNK_MAX_BYTES);
const piece = new Uint8Array(memory.buffer, Number(chunk), PIECE_BYTES);

/** Counts the lines of a text that comes in chunks. */
export class LineCounter {
  #newlines = 0;
  #isLineOpen = false;

  /** The lines so far. Bytes after the last LF are a line. */
  get lines(): number {
    return this.#newlines + Number(this.#isLineOpen);
  }

  add(text: Uint8Array): void {
    for (let at = 0; at < text.length; at += PIECE_BYTES) {
      const part = text.subarray(at, at + PIECE_BYTES);
      piece.set(part);
      this.#newlines += findNewlines(part.length);
    }
    if (text.length > 0) this.#isLineOpen = text.at(-1) !== LF;
  }
}
