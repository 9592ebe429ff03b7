import { dirname } from "node:path";
import { HEADER_BYTES } from "./format.ts";
import { encodeHeader, type IndexHeader, isIndex, MAGIC } from "./header.ts";
import { IndexError } from "./index_error.ts";
import { describeSystemError } from "./system_error.ts";

/** Appended to the index's path while it is being built. */
export const DRAFT_SUFFIX = ".building";
const SPOOL_SUFFIX = ".spool";

// How often to open the draft anew because another builder finished, and removed it, in between.
const ACQUIRE_ATTEMPTS_MAX = 100;
// How long a lock may take before it is said that another process holds it.
const WAIT_NOTICE_AFTER_MS = 200;

/**
 * An index under construction: a locked temporary file beside the place where the index is to be.
 *
 * - One builder at a time: the lock is the system's, so a killed builder's lock is gone with it, and
 *   its left-over is taken over by the next builder.
 * - Whole or absent: `commit` syncs the file and renames it; before that the place is not touched.
 */
export class IndexDraft {
  readonly #indexPath: string;
  /** Open for writing; it begins with room for the header. */
  readonly file: Deno.FsFile;
  /** Open for reading and writing, without a name: it is gone when it is closed. */
  readonly spool: Deno.FsFile;

  private constructor(indexPath: string, file: Deno.FsFile, spool: Deno.FsFile) {
    this.#indexPath = indexPath;
    this.file = file;
    this.spool = spool;
  }

  /**
   * Makes a draft, waiting for another process that builds the same index.
   *
   * @param indexPath where the index is to be
   * @param onWait called once where another process has to be waited for
   * @throws {IndexError} `unwritable`, or `foreign` where the temporary name is taken by something else
   */
  static async acquire(indexPath: string, onWait: () => void): Promise<IndexDraft> {
    try {
      const file = await lockedFile(indexPath + DRAFT_SUFFIX, onWait);
      try {
        return new IndexDraft(indexPath, file, openSpool(indexPath + SPOOL_SUFFIX));
      } catch (error) {
        file.close();
        throw error;
      }
    } catch (error) {
      throw unwritable(indexPath, error);
    }
  }

  /** Writes the header, makes sure that all is on the disk, and gives the index its name. */
  async commit(header: IndexHeader): Promise<void> {
    this.file.seekSync(0, Deno.SeekMode.Start);
    const bytes = encodeHeader(header);
    for (let done = 0; done < HEADER_BYTES;) done += this.file.writeSync(bytes.subarray(done));
    await this.file.sync();
    await Deno.rename(this.#indexPath + DRAFT_SUFFIX, this.#indexPath);
    await syncDirectory(dirname(this.#indexPath));
    this.#close();
  }

  /** Removes what was written. */
  discard(): void {
    Deno.removeSync(this.#indexPath + DRAFT_SUFFIX);
    this.#close();
  }

  #close(): void {
    this.spool.close();
    this.file.close();
  }
}

/** What to tell the user where an index cannot be written. */
export function unwritable(indexPath: string, error: unknown): IndexError {
  if (error instanceof IndexError) return error;
  const why = describeSystemError(error);
  return new IndexError(
    "unwritable",
    `Cannot write index: ${why}: ${indexPath}: name another place with --index`,
    { cause: error },
  );
}

async function lockedFile(path: string, onWait: () => void): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ACQUIRE_ATTEMPTS_MAX; attempt++) {
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    try {
      await lock(file, onWait);
      if (isStillNamed(file, path)) {
        takeOver(file, path);
        return file;
      }
      file.close();
    } catch (error) {
      file.close();
      throw error;
    }
  }
  throw new IndexError("busy", `Index is being built by others all the time: ${path}: try again`);
}

async function lock(file: Deno.FsFile, onWait: () => void): Promise<void> {
  const notice = setTimeout(onWait, WAIT_NOTICE_AFTER_MS);
  try {
    await file.lock(true);
  } finally {
    clearTimeout(notice);
  }
}

// The builder that held the lock before has renamed or removed the file that was opened here.
function isStillNamed(file: Deno.FsFile, path: string): boolean {
  try {
    const named = Deno.statSync(path);
    const opened = file.statSync();
    return named.ino === opened.ino && named.dev === opened.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// A killed builder's left-over begins as an index does, or is empty. Nothing else is overwritten.
function takeOver(file: Deno.FsFile, path: string): void {
  const start = new Uint8Array(MAGIC.length);
  const got = file.readSync(start) ?? 0;
  if (got > 0 && !isIndex(start.subarray(0, got))) {
    throw new IndexError("foreign", `Not a half-built index: ${path}: move it away`);
  }
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  const room = new Uint8Array(HEADER_BYTES);
  room.set(MAGIC);
  for (let done = 0; done < HEADER_BYTES;) done += file.writeSync(room.subarray(done));
}

function openSpool(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { read: true, write: true, createNew: true });
  Deno.removeSync(path);
  return file;
}

async function syncDirectory(path: string): Promise<void> {
  using directory = await Deno.open(path);
  await directory.sync();
}
