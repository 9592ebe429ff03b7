import { encodeHeader, type IndexHeader, isIndex, MAGIC } from "../format/header.ts";
import { HEADER_BYTES } from "../format/layout.ts";
import { NotRegularFile, openRegularFile } from "../../source/local/regular_file.ts";
import { describeSystemError } from "../../source/messages.ts";
import { foreignDraft, foreignIndex, IndexError, unwritableIndex } from "../index_error.ts";
import {
  followIfThere,
  followLinks,
  localDisk,
  lock,
  type LockOptions,
  type MissingFeature,
  MissingFeatures,
  statIfThere,
  stillAt,
} from "./draft_disk.ts";
import { accessToIndex, changeMode, PRIVATE_MODE, setAccess } from "./index_access.ts";
import { writeAll } from "./sequential_file.ts";

/** Appended to the path of an index while it is being built. */
export const DRAFT_SUFFIX = ".building";

/** Appended to the path of an index for other temporary files, which have that path only for a moment. */
export const SCRATCH_SUFFIX = ".scratch";

// How often to open the draft again because another builder finished, and removed it, in between.
const ACQUIRE_ATTEMPTS_MAX = 100;

/** How to wait for a draft. */
export interface AcquireOptions extends LockOptions {
  /** Called once for each feature that the file system lacks. The draft is written without it. */
  readonly onMissingFeature?: (feature: MissingFeature) => void;
  /**
   * The file of the index. Only those who may read it may read the index, unless an index is replaced.
   *
   * @default {no file: only this user may read a new index}
   */
  readonly textPath?: string;
}

/**
 * An index under construction: a locked temporary file next to the index. If the path of the index is a symbolic
 * link, the index is where the link leads.
 *
 * - One builder at a time, if the file system has locks. The lock is the operating system's, so it ends with a
 *   builder that is killed, and the next builder takes over what that one left.
 * - Complete or absent: `commit` syncs the file and renames it; until then the path of the index is not
 *   touched.
 * - Nothing is overwritten that is not an index, neither at the path of the index nor at the temporary path.
 * - Only this user may read it until it is committed.
 */
export class IndexDraft implements Disposable {
  readonly #indexPath: string;
  readonly #draftPath: string;
  readonly #options: AcquireOptions;
  readonly #missing: MissingFeatures;
  /** Open for reading and writing, positioned after the room for the header. */
  readonly file: Deno.FsFile;

  private constructor(
    indexPath: string,
    file: Deno.FsFile,
    options: AcquireOptions,
    missing: MissingFeatures,
  ) {
    this.#indexPath = indexPath;
    this.#draftPath = indexPath + DRAFT_SUFFIX;
    this.#options = options;
    this.#missing = missing;
    this.file = file;
  }

  /**
   * Opens a draft. Waits for another process that builds the same index.
   *
   * @throws {IndexError} (as a rejection) `unwritable`, `busy`, or `foreign` if something else is at one of
   * the paths
   * @throws the signal's reason, if it was aborted
   */
  static async acquire(indexPath: string, options: AcquireOptions = {}): Promise<IndexDraft> {
    try {
      const target = followLinks(indexPath);
      await assertReplaceable(target);
      const missing = new MissingFeatures(options.onMissingFeature);
      const file = await openDraft(target + DRAFT_SUFFIX, options, missing);
      const draft = new IndexDraft(target, file, options, missing);
      draft.#reserveHeader();
      return draft;
    } catch (error) {
      options.signal?.throwIfAborted();
      throw unwritableIndex(indexPath, error);
    }
  }

  /** Opens an empty file on the same disk, for reading and writing. It is gone when it is closed. */
  openScratch(): Deno.FsFile {
    const path = this.#indexPath + SCRATCH_SUFFIX;
    const found = statIfThere(path);
    if (found !== undefined) {
      // Only this builder has the draft, so an empty file at this path is a killed builder's.
      if (!found.isFile || found.size > 0) throw foreignDraft(path);
      Deno.removeSync(path);
    }
    const file = Deno.openSync(path, {
      read: true,
      write: true,
      createNew: true,
      mode: PRIVATE_MODE,
    });
    Deno.removeSync(path);
    return file;
  }

  /**
   * Writes the header, syncs the file to the disk, and moves it to the path of the index.
   *
   * @throws {IndexError} (as a rejection) `unwritable`, also if another program changed the draft, or
   * `foreign` if something else is at the path of the index now
   */
  async commit(header: IndexHeader): Promise<void> {
    try {
      this.file.seekSync(0, Deno.SeekMode.Start);
      writeAll(this.file, encodeHeader(header));
      const { disk = localDisk } = this.#options;
      await this.#missing.unless("sync", disk.sync(this.file));
      // What is renamed is whatever is at the draft's path.
      const { size } = this.file.statSync();
      if (!stillAt(this.file, this.#draftPath) || size !== header.indexBytes) {
        const what = `Unfinished index changed by another program: ${this.#draftPath}`;
        throw new IndexError("unwritable", `${what}. Index again.`);
      }
      await assertReplaceable(this.#indexPath);
      this.#setAccess();
      await Deno.rename(this.#draftPath, this.#indexPath);
      await this.#missing.unless("sync", disk.syncDirectoryOf(this.#indexPath));
    } catch (error) {
      throw unwritableIndex(this.#indexPath, error);
    }
  }

  /** Closes the draft, and removes it if it was not committed. */
  close(): void {
    try {
      if (stillAt(this.file, this.#draftPath)) Deno.removeSync(this.#draftPath);
    } catch (cause) {
      const what = `${this.#draftPath} (${describeSystemError(cause)})`;
      const message = `Cannot remove unfinished index: ${what}. Remove it.`;
      throw new IndexError("unwritable", message, { cause });
    } finally {
      this.file.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #setAccess(): void {
    const { textPath } = this.#options;
    const text = textPath === undefined ? undefined : followIfThere(textPath);
    const access = accessToIndex(statIfThere(this.#indexPath), text);
    if (access !== undefined) setAccess(this.#draftPath, access);
  }

  #reserveHeader(): void {
    const room = new Uint8Array(HEADER_BYTES);
    room.set(MAGIC);
    try {
      this.file.truncateSync(0);
      this.file.seekSync(0, Deno.SeekMode.Start);
      writeAll(this.file, room);
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

// Verifies that an index may be put at a path: nothing is there, or an index.
async function assertReplaceable(indexPath: string): Promise<void> {
  try {
    const found = statIfThere(indexPath);
    if (found === undefined) return;
    using file = await openRegularFile(indexPath);
    if (!beginsAsIndex(file)) throw foreignIndex(indexPath);
  } catch (error) {
    if (error instanceof NotRegularFile) throw foreignIndex(indexPath);
    throw unwritableIndex(indexPath, error);
  }
}

// Opens the file that is at the path now, or creates it, and waits until no other process has locked it.
async function openDraft(
  path: string,
  options: AcquireOptions,
  missing: MissingFeatures,
): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ACQUIRE_ATTEMPTS_MAX; attempt++) {
    options.signal?.throwIfAborted();
    // Before it is opened: a link would lead elsewhere.
    const found = statIfThere(path);
    if (found?.isFile === false) throw foreignDraft(path);
    // For reading and writing, a FIFO is opened without waiting.
    const file = Deno.openSync(path, {
      read: true,
      write: true,
      create: true,
      mode: PRIVATE_MODE,
    });
    try {
      if (!file.statSync().isFile) throw foreignDraft(path);
      await missing.unless("lock", lock(file, found !== undefined, options));
      if (stillAt(file, path)) {
        // A killed builder left a file that is empty, or begins as an index does; a power failure, zeros.
        if (!beginsAsIndex(file) && !isZeros(file)) throw foreignDraft(path);
        changeMode(path, PRIVATE_MODE);
        return file;
      }
    } catch (error) {
      const isMine = found === undefined && options.signal?.aborted !== true;
      if (isMine) removeIfEmpty(file, path);
      file.close();
      throw error;
    }
    file.close();
  }
  throw new IndexError("busy", `Other processes keep building the index: ${path}. Try again.`);
}

// If the file was created only to lock it, and that failed, it would remain.
function removeIfEmpty(file: Deno.FsFile, path: string): void {
  try {
    if (file.statSync().size === 0 && stillAt(file, path)) Deno.removeSync(path);
  } catch {
    // The error of the lock says more. An empty file is reused by the next builder.
  }
}

function beginsAsIndex(file: Deno.FsFile): boolean {
  const start = new Uint8Array(MAGIC.length);
  return isIndex(start.subarray(0, file.readSync(start) ?? 0));
}

function isZeros(file: Deno.FsFile): boolean {
  const chunk = new Uint8Array(64 * 1024);
  file.seekSync(0, Deno.SeekMode.Start);
  for (let got = file.readSync(chunk); got !== null; got = file.readSync(chunk)) {
    if (chunk.subarray(0, got).some((byte) => byte !== 0)) return false;
  }
  return true;
}
