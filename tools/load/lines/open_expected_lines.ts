import { cannotRead, LoadFailure } from "../load_failure.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { FileLines } from "./file_lines.ts";
import type { ScanOptions } from "./line_anchors.ts";
import { MemoryLines } from "./memory_lines.ts";

/** Files up to this size are held in memory. */
const MEMORY_MAX_BYTES = 2 ** 30;

/**
 * Reads the file that a server serves.
 *
 * @throws {LoadFailure} if the path is not a regular file, or the file has no line
 */
export async function openExpectedLines(
  path: string,
  options: ScanOptions = {},
): Promise<ExpectedLines> {
  try {
    // Before opening: opening a named pipe would wait for a writer.
    const { size, isFile, isDirectory } = await Deno.stat(path);
    if (!isFile) throw new Error(isDirectory ? "is a directory" : "not a regular file");
    const lines = size > MEMORY_MAX_BYTES
      ? await FileLines.open(path, options)
      : new MemoryLines(await Deno.readFile(path));
    if (lines.lineCount > 0) return lines;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof LoadFailure ? error : cannotRead(path, error);
  }
  throw new LoadFailure(`File has no line: ${path}. Choose another file.`);
}
