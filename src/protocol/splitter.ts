import type { Command } from "./command.ts";

/** Splits the bytes of one connection into commands; each protocol has its own. */
export interface Splitter {
  /**
   * The commands that end in the next chunk.
   *
   * @param chunk not used any more after the call
   */
  split(chunk: Uint8Array): Command[];
  /** The commands that the end of the stream ends. */
  end(): Command[];
}
