import { HEADER_BYTES } from "../format/layout.ts";
import { type AcquireOptions, isNamed, openLocked } from "./draft_lock.ts";
import { encodeHeader, type IndexHeader, MAGIC } from "../format/header.ts";
import { IndexError, unwritableIndex } from "../index_error.ts";
import {
  assertHalfBuilt,
  assertReplaceable,
  DRAFT_SUFFIX,
  openNameless,
  SCRATCH_SUFFIX,
} from "./index_paths.ts";
import { SyncAhead } from "./sync_ahead.ts";
import { describeSystemError } from "../../source/system_error.ts";
import { writeAll } from "./write_all.ts";

/**
 * An index under construction: a locked temporary file beside the place where the index is to be.
 *
 * - One builder at a time: the lock is the system's, so a killed builder's lock is gone with it, and
 *   its left-over is taken over by the next builder.
 * - Whole or absent: `commit` syncs the file and renames it; before that the place is not touched.
 * - Nothing is overwritten that is not an index, neither there nor at the temporary name.
 */
export class IndexDraft {
  readonly #indexPath: string;
  readonly #draftPath: string;
  /** Open for reading and writing, behind the room for the header. */
  readonly file: Deno.FsFile;
  readonly #syncAhead: SyncAhead;

  private constructor(indexPath: string, file: Deno.FsFile) {
    this.#indexPath = indexPath;
    this.#draftPath = indexPath + DRAFT_SUFFIX;
    this.file = file;
    this.#syncAhead = new SyncAhead(this.#draftPath);
  }

  /**
   * Makes a draft, waiting for another process that builds the same index.
   *
   * @param indexPath where the index is to be
   * @throws {IndexError} `unwritable`, or `foreign` where one of the names is taken by something else
   * @throws the signal's reason, where it was aborted
   */
  static async acquire(indexPath: string, options: AcquireOptions = {}): Promise<IndexDraft> {
    assertReplaceable(indexPath);
    const draftPath = indexPath + DRAFT_SUFFIX;
    const file = await openDraft(draftPath, options).catch((error) => {
      options.signal?.throwIfAborted();
      throw unwritableIndex(indexPath, error);
    });
    try {
      reserveHeader(file);
      return new IndexDraft(indexPath, file);
    } catch (error) {
      discard(file, draftPath);
      throw unwritableIndex(indexPath, error);
    }
  }

  /**
   * Opens an empty file beside the index, for reading and writing. It has no name: it is gone when it is
   * closed.
   *
   * @throws {IndexError} `unwritable`, or `foreign` where its name is taken by something else
   */
  openScratch(): Deno.FsFile {
    return openNameless(this.#indexPath + SCRATCH_SUFFIX);
  }

  /**
   * Says how much was written to the file so far: the system may bring it to the disk while more is
   * written.
   */
  wrote(bytes: number): void {
    this.#syncAhead.wrote(bytes);
  }

  /**
   * Writes the header, makes sure that all is on the disk, and gives the index its name.
   *
   * @throws {IndexError} `unwritable`, also where others changed the draft meanwhile, or `foreign` where
   * something else took the index's name
   */
  async commit(header: IndexHeader): Promise<void> {
    try {
      this.file.seekSync(0, Deno.SeekMode.Start);
      writeAll(this.file, encodeHeader(header));
      await this.#syncAhead.settled();
      await this.file.sync();
      this.#assertUntouched(header);
      assertReplaceable(this.#indexPath);
      await Deno.rename(this.#draftPath, this.#indexPath);
      await syncDirectoryOf(this.#indexPath);
    } catch (error) {
      throw unwritableIndex(this.#indexPath, error);
    }
  }

  /**
   * Closes the draft, and removes it where it was not committed.
   *
   * @throws {IndexError} `unwritable` where it cannot be removed
   */
  close(): void {
    this.#syncAhead.close();
    discard(this.file, this.#draftPath);
  }

  // What is renamed is whatever has the draft's name.
  #assertUntouched(header: IndexHeader): void {
    const isUntouched = isNamed(this.file, this.#draftPath) &&
      this.file.statSync().size === header.indexBytes;
    if (isUntouched) return;
    throw new IndexError(
      "unwritable",
      `Half-built index was changed by others: ${this.#draftPath}: index again`,
    );
  }

  /** Closes the draft at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

// What a killed builder left is taken over; anything else is kept as it is.
async function openDraft(draftPath: string, options: AcquireOptions): Promise<Deno.FsFile> {
  const file = await openLocked(draftPath, options);
  try {
    assertHalfBuilt(file, draftPath);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function discard(file: Deno.FsFile, draftPath: string): void {
  try {
    if (isNamed(file, draftPath)) Deno.removeSync(draftPath);
  } catch (error) {
    throw new IndexError(
      "unwritable",
      `Cannot remove half-built index: ${describeSystemError(error)}: ${draftPath}: remove it`,
      { cause: error },
    );
  } finally {
    file.close();
  }
}

function reserveHeader(file: Deno.FsFile): void {
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  const room = new Uint8Array(HEADER_BYTES);
  room.set(MAGIC);
  writeAll(file, room);
}

async function syncDirectoryOf(path: string): Promise<void> {
  const slash = path.lastIndexOf("/");
  using directory = await Deno.open(slash < 0 ? "." : path.slice(0, slash + 1));
  await directory.sync();
}
