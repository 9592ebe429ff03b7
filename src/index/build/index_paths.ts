import { IndexError, unwritableIndex } from "../index_error.ts";
import { isIndex, MAGIC } from "../format/header.ts";

/** Appended to the index's path while it is being built. */
export const DRAFT_SUFFIX = ".building";

/** Appended to the path of what is kept on disk while it is being built; it has no name for long. */
export const SCRATCH_SUFFIX = ".scratch";

/** Looks at what has a name, and not at what a link leads to; `undefined` where nothing has it. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Looks whether an index may take its name: where nothing has it, or an index, or a link, which is
 * replaced, and not what it leads to.
 *
 * @throws {IndexError} `foreign` where something else has it, or `unwritable`
 */
export function assertReplaceable(indexPath: string): void {
  try {
    const found = statIfThere(indexPath);
    if (found === undefined || found.isSymlink) return;
    if (!found.isFile || !isIndex(firstBytes(indexPath))) throw foreign("Not an index", indexPath);
  } catch (error) {
    throw unwritableIndex(indexPath, error);
  }
}

/**
 * Looks whether a file may be taken over as a half-built index. That of a killed builder is empty, begins
 * as an index does, or was zeroed by a power cut.
 *
 * @throws {IndexError} `foreign` where it is something else
 */
export function assertHalfBuilt(file: Deno.FsFile, path: string): void {
  if (!isIndex(readStart(file)) && !isZeros(file)) throw notHalfBuilt(path);
}

/**
 * Opens an empty file, for reading and writing, and takes its name from it: it is gone when it is closed.
 * To be called with the draft's lock held: an empty file of this name is a killed builder's.
 *
 * @throws {IndexError} `foreign` where something else has its name
 */
export function openNameless(path: string): Deno.FsFile {
  const found = statIfThere(path);
  if (found !== undefined) {
    if (!found.isFile || found.size > 0) throw notHalfBuilt(path);
    Deno.removeSync(path);
  }
  const file = Deno.openSync(path, { read: true, write: true, createNew: true });
  Deno.removeSync(path);
  return file;
}

/** What to tell the user where something else has the name of a half-built index. */
export function notHalfBuilt(path: string): IndexError {
  return foreign("Not a half-built index", path);
}

function foreign(what: string, path: string): IndexError {
  return new IndexError(
    "foreign",
    `${what}: ${path}: move it away, or name another path with --index`,
  );
}

function firstBytes(path: string): Uint8Array {
  using file = Deno.openSync(path);
  return readStart(file);
}

function readStart(file: Deno.FsFile): Uint8Array {
  const start = new Uint8Array(MAGIC.length);
  return start.subarray(0, file.readSync(start) ?? 0);
}

function isZeros(file: Deno.FsFile): boolean {
  const chunk = new Uint8Array(64 * 1024);
  file.seekSync(0, Deno.SeekMode.Start);
  for (let got = file.readSync(chunk); got !== null; got = file.readSync(chunk)) {
    if (chunk.subarray(0, got).some((byte) => byte !== 0)) return false;
  }
  return true;
}
