import { cannotRead, LoadFailure } from "../load_failure.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { FileLines } from "./file_lines.ts";
import { fileChanged, type ScanOptions } from "./line_anchors.ts";
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
      : new MemoryLines(await readBytes(path, size));
    if (lines.lineCount > 0) return lines;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof LoadFailure ? error : cannotRead(path, error);
  }
  throw new LoadFailure(`File has no line: ${path}. Choose another file.`);
}

// Not Deno.readFile(): a file that grows all the time would have no end.
async function readBytes(path: string, size: number): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) throw fileChanged(path);
    done += read;
  }
  return bytes;
}
