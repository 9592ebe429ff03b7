import { decodeHeader, encodeHeader, type IndexHeader, sameIndex } from "../format/header.ts";
import { HEADER_BYTES } from "../format/layout.ts";
import { unwritableIndex } from "../index_error.ts";
import { SequentialReader, writeAll } from "./sequential_file.ts";

/**
 * Records in an index when its text was last modified. Only the header is written, which lies within one sector
 * of a disk, so the index stays complete. Does nothing if another index is at the path by now.
 *
 * @param header of the index whose text it is
 * @throws {IndexError} `unwritable`
 */
export function recordTime(indexPath: string, header: IndexHeader, modifiedMs: number): void {
  try {
    using file = Deno.openSync(indexPath, { read: true, write: true });
    // Of the open file: another one may be renamed to its path at any time.
    const found = decodeHeader(new SequentialReader(file).read(HEADER_BYTES), indexPath);
    if (!sameIndex(found, header)) return;
    file.seekSync(0, Deno.SeekMode.Start);
    writeAll(file, encodeHeader({ ...header, modifiedMs }));
  } catch (error) {
    throw unwritableIndex(indexPath, error);
  }
}
