import { decodeHeader, encodeHeader, type IndexHeader, sameIndex } from "../format/header.ts";
import { HEADER_BYTES } from "../format/layout.ts";
import { SequentialReader, writeAll } from "./sequential_file.ts";

/**
 * Records in an index the version stamp of its file. Only the header is written, which lies within one sector
 * of a disk, so the index stays complete. Does nothing if another index is at the path by now.
 *
 * @param header of the index whose file it is
 * @throws {IndexError} if it is no index any more
 * @throws {Error} what the operating system said
 */
export function recordStamp(indexPath: string, header: IndexHeader, versionStamp: number): void {
  using file = Deno.openSync(indexPath, { read: true, write: true });
  // Of the open file: another one may be renamed to its path at any time.
  const found = decodeHeader(new SequentialReader(file).read(HEADER_BYTES), indexPath);
  if (!sameIndex(found, header)) return;
  file.seekSync(0, Deno.SeekMode.Start);
  writeAll(file, encodeHeader({ ...header, versionStamp }));
}
