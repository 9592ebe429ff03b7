import { systemErrorCode } from "../source/system_error.ts";
import { HEADER_BYTES } from "./format/layout.ts";
import { decodeHeader, type IndexHeader } from "./format/header.ts";
import { damagedIndex, IndexError, unreadableIndex } from "./index_error.ts";

/**
 * Reads the header of an index.
 *
 * @throws {IndexError} `missing`, `foreign`, `version`, `damaged` or `unreadable`
 */
export function readHeader(path: string): IndexHeader {
  using file = attemptOpen(path, () => Deno.openSync(path));
  return headerOf(file, path);
}

/**
 * Reads the header of an index that was just opened.
 *
 * @throws {IndexError} `foreign`, `version` or `damaged`
 */
export function headerOf(file: Deno.FsFile, path: string): IndexHeader {
  const bytes = new Uint8Array(HEADER_BYTES);
  const got = file.readSync(bytes) ?? 0;
  return checkedHeader(bytes.subarray(0, got), path, file.statSync().size);
}

/**
 * Decodes a header, and compares the file's size with what it says.
 *
 * @param bytes the first {@linkcode HEADER_BYTES} bytes of the file, fewer where it is shorter
 * @throws {IndexError} `foreign`, `version` or `damaged`
 */
export function checkedHeader(bytes: Uint8Array, path: string, fileBytes: number): IndexHeader {
  const header = decodeHeader(bytes, path);
  if (fileBytes === header.indexBytes) return header;
  throw damagedIndex(path, `it has ${fileBytes} bytes, not ${header.indexBytes}`);
}

/**
 * Opens an index.
 *
 * @param open opens the file in one way or another
 * @throws {IndexError} `missing`, `foreign` or `unreadable`
 */
export function attemptOpen<T>(path: string, open: () => T): T {
  try {
    // Before opening: opening a pipe would wait for its writer.
    if (!Deno.statSync(path).isFile) {
      throw new IndexError("foreign", `Not an index: ${path}: name another path with --index`);
    }
    return open();
  } catch (error) {
    if (error instanceof IndexError) throw error;
    if (systemErrorCode(error) === "ENOENT") {
      throw new IndexError("missing", `No index: ${path}: make it with "linesvr index"`);
    }
    throw unreadableIndex(path, error);
  }
}
