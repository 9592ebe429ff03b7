import { TextFile } from "../../src/source/local/text_file.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { FileLines } from "./file_lines.ts";
import { LoadFailure } from "./load_failure.ts";
import { MemoryLines } from "./memory_lines.ts";

/** A text up to this size is held in memory: 1 GiB. */
export const MEMORY_MAX_BYTES: number = 2 ** 30;

/** How the lines are read. */
export interface OpenLinesOptions {
  /**
   * Up to which size a text is held in memory, 0 to 1 GiB.
   *
   * @default {MEMORY_MAX_BYTES}
   */
  readonly memoryMaxBytes?: number;
  /** Ends the reading: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called as a larger text is read. */
  readonly onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined;
}

/**
 * Reads the text that a server serves.
 *
 * @param path a regular file with one line or more, of any size
 * @throws {TextError} where it cannot be read
 * @throws {LoadFailure} where it has no line
 */
export async function openExpectedLines(
  path: string,
  options: OpenLinesOptions = {},
): Promise<ExpectedLines> {
  const lines = await readLines(path, options);
  if (lines.lineCount > 0) return lines;
  lines[Symbol.dispose]();
  throw new LoadFailure(`Text without a line: ${path}: name one that has lines to ask for`);
}

async function readLines(path: string, options: OpenLinesOptions): Promise<ExpectedLines> {
  const { memoryMaxBytes = MEMORY_MAX_BYTES, onProgress, signal } = options;
  using text = TextFile.open(path);
  if (text.bytes > memoryMaxBytes) {
    return await FileLines.open(path, { onProgress, signal });
  }
  const bytes = new Uint8Array(text.bytes);
  text.readSync(bytes, text.bytes, 0);
  return new MemoryLines(bytes);
}
