import { encodeHeader, type IndexHeader, isIndex, MAGIC } from "../format/header.ts";
import { HEADER_BYTES } from "../format/layout.ts";
import { describeSystemError } from "../../source/messages.ts";
import { foreignDraft, foreignIndex, IndexError, unwritableIndex } from "../index_error.ts";
import { writeAll } from "./sequential_file.ts";

/** Appended to the path of an index while it is being built. */
export const DRAFT_SUFFIX = ".building";

/** Appended to the path of an index for other temporary files, which have that path only for a moment. */
export const SCRATCH_SUFFIX = ".scratch";

// How often to open the draft again because another builder finished, and removed it, in between.
const ACQUIRE_ATTEMPTS_MAX = 100;
// How long a lock takes at least if another process holds it.
const WAIT_NOTICE_AFTER_MS = 200;

/** How to wait for a draft. */
export interface AcquireOptions {
  /** Called once if another process has to be waited for. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
}

/**
 * An index under construction: a locked temporary file next to the path of the index.
 *
 * - One builder at a time. The lock is the operating system's, so it ends with a builder that is killed, and
 *   the next builder takes over what that one left.
 * - Complete or absent: `commit` syncs the file and renames it; until then the path of the index is not
 *   touched.
 * - Nothing is overwritten that is not an index, neither at the path of the index nor at the temporary path.
 */
export class IndexDraft implements Disposable {
  readonly #indexPath: string;
  readonly #draftPath: string;
  /** Open for reading and writing, positioned after the room for the header. */
  readonly file: Deno.FsFile;

  private constructor(indexPath: string, file: Deno.FsFile) {
    this.#indexPath = indexPath;
    this.#draftPath = indexPath + DRAFT_SUFFIX;
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
    assertReplaceable(indexPath);
    try {
      const draft = new IndexDraft(indexPath, await openDraft(indexPath + DRAFT_SUFFIX, options));
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
    const file = Deno.openSync(path, { read: true, write: true, createNew: true });
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
      await this.file.sync();
      // What is renamed is whatever is at the draft's path.
      const { size } = this.file.statSync();
      if (!stillAt(this.file, this.#draftPath) || size !== header.indexBytes) {
        const what = `Unfinished index changed by another program: ${this.#draftPath}`;
        throw new IndexError("unwritable", `${what}. Index again.`);
      }
      assertReplaceable(this.#indexPath);
      await Deno.rename(this.#draftPath, this.#indexPath);
      await syncDirectoryOf(this.#indexPath);
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

// Verifies that an index may be put at a path: nothing is there, or an index, or a link. A link is replaced,
// not what it leads to.
function assertReplaceable(indexPath: string): void {
  try {
    const found = statIfThere(indexPath);
    if (found === undefined || found.isSymlink) return;
    if (!found.isFile) throw foreignIndex(indexPath);
    using file = Deno.openSync(indexPath);
    if (!beginsAsIndex(file)) throw foreignIndex(indexPath);
  } catch (error) {
    throw unwritableIndex(indexPath, error);
  }
}

// Opens the file that is at the path now, or creates it, and waits until no other process has locked it.
async function openDraft(path: string, options: AcquireOptions): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ACQUIRE_ATTEMPTS_MAX; attempt++) {
    options.signal?.throwIfAborted();
    // Before it is opened: opening a pipe would block, and a link would lead elsewhere.
    const found = statIfThere(path);
    if (found?.isFile === false) throw foreignDraft(path);
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    try {
      await lock(file, found !== undefined, options);
      if (stillAt(file, path)) {
        // A killed builder left a file that is empty, or begins as an index does; a power failure, zeros.
        if (beginsAsIndex(file) || isZeros(file)) return file;
        throw foreignDraft(path);
      }
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
  throw new IndexError("busy", `Other processes keep building the index: ${path}. Try again.`);
}

async function lock(file: Deno.FsFile, mayWait: boolean, options: AcquireOptions): Promise<void> {
  const { onWait, signal } = options;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal?.reason);
  // Only if it may be needed: the first timer of a process takes some milliseconds.
  const notice = mayWait ? setTimeout(() => onWait?.(), WAIT_NOTICE_AFTER_MS) : undefined;
  signal?.addEventListener("abort", onAbort);
  try {
    await Promise.race([file.lock(true), aborted]);
  } finally {
    // Even clearing no timer would set timers up: 20 ms and 4 MiB, measured.
    if (notice !== undefined) clearTimeout(notice);
    signal?.removeEventListener("abort", onAbort);
  }
}

// What is at a path, without following a link.
function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

// Whether a path still leads to an open file. Otherwise another program has renamed or removed it.
function stillAt(file: Deno.FsFile, path: string): boolean {
  const found = statIfThere(path);
  const opened = file.statSync();
  return found !== undefined && found.ino === opened.ino && found.dev === opened.dev;
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

async function syncDirectoryOf(path: string): Promise<void> {
  const slash = path.lastIndexOf("/");
  using directory = await Deno.open(slash < 0 ? "." : path.slice(0, slash + 1));
  await directory.sync();
}
