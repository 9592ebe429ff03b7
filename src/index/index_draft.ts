import { HEADER_BYTES } from "./format.ts";
import { encodeHeader, type IndexHeader, isIndex, MAGIC } from "./header.ts";
import { IndexError } from "./index_error.ts";
import { SyncAhead } from "./sync_ahead.ts";
import { describeSystemError } from "../text/system_error.ts";
import { writeAll } from "./write_all.ts";

/** Appended to the index's path while it is being built. */
export const DRAFT_SUFFIX = ".building";

/** Appended to the path of what is kept on disk while it is being built; it has no name for long. */
export const SCRATCH_SUFFIX = ".scratch";

// How often to open the draft anew because another builder finished, and removed it, in between.
const ACQUIRE_ATTEMPTS_MAX = 100;
// How long a lock may take before it is said that another process holds it.
const WAIT_NOTICE_AFTER_MS = 200;

/** How a draft is waited for. */
export interface AcquireOptions {
  /** Called once where another process has to be waited for. */
  readonly onWait?: () => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

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
    const file = await openLocked(draftPath, options).catch((error) => {
      options.signal?.throwIfAborted();
      throw unwritable(indexPath, error);
    });
    try {
      reserveHeader(file);
      return new IndexDraft(indexPath, file);
    } catch (error) {
      discard(file, draftPath);
      throw unwritable(indexPath, error);
    }
  }

  /**
   * Opens an empty file beside the index, for reading and writing. It has no name: it is gone when it is
   * closed.
   *
   * @throws {IndexError} `unwritable`, or `foreign` where its name is taken by something else
   */
  openScratch(): Deno.FsFile {
    return openScratch(this.#indexPath + SCRATCH_SUFFIX);
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
      throw unwritable(this.#indexPath, error);
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

function foreign(what: string, path: string): IndexError {
  return new IndexError(
    "foreign",
    `${what}: ${path}: move it away, or name another place with --index`,
  );
}

function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

// A link is replaced, not what it leads to.
function assertReplaceable(indexPath: string): void {
  try {
    const found = statIfThere(indexPath);
    if (found === undefined || found.isSymlink) return;
    if (!found.isFile || !isIndex(firstBytes(indexPath))) throw foreign("Not an index", indexPath);
  } catch (error) {
    throw unwritable(indexPath, error);
  }
}

function firstBytes(path: string): Uint8Array {
  using file = Deno.openSync(path);
  return readStart(file);
}

function readStart(file: Deno.FsFile): Uint8Array {
  const start = new Uint8Array(MAGIC.length);
  return start.subarray(0, file.readSync(start) ?? 0);
}

async function openLocked(path: string, options: AcquireOptions): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ACQUIRE_ATTEMPTS_MAX; attempt++) {
    options.signal?.throwIfAborted();
    // Looked at before it is opened: opening a pipe would wait, and a link lead elsewhere.
    const found = statIfThere(path);
    if (found?.isFile === false) throw foreign("Not a half-built index", path);
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    try {
      await lock(file, found !== undefined, options);
      if (isNamed(file, path)) return assertLeftOver(file, path);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
  throw new IndexError("busy", `Index is being built by others all the time: ${path}: try again`);
}

async function lock(
  file: Deno.FsFile,
  mayBeHeld: boolean,
  { onWait, signal }: AcquireOptions,
): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal?.reason);
  // Only where it may be needed: the first timer of a process takes some milliseconds.
  const notice = mayBeHeld ? setTimeout(() => onWait?.(), WAIT_NOTICE_AFTER_MS) : undefined;
  signal?.addEventListener("abort", onAbort);
  try {
    await Promise.race([file.lock(true), aborted.promise]);
  } finally {
    if (notice !== undefined) clearTimeout(notice);
    signal?.removeEventListener("abort", onAbort);
  }
}

// Not so where the builder that held the lock before has renamed or removed the file opened here.
function isNamed(file: Deno.FsFile, path: string): boolean {
  const named = statIfThere(path);
  const opened = file.statSync();
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
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

// A killed builder's left-over is empty, begins as an index does, or was zeroed by a power cut.
function assertLeftOver(file: Deno.FsFile, path: string): Deno.FsFile {
  if (isIndex(readStart(file)) || isZeros(file)) return file;
  throw foreign("Not a half-built index", path);
}

function isZeros(file: Deno.FsFile): boolean {
  const chunk = new Uint8Array(64 * 1024);
  file.seekSync(0, Deno.SeekMode.Start);
  for (let got = file.readSync(chunk); got !== null; got = file.readSync(chunk)) {
    if (chunk.subarray(0, got).some((byte) => byte !== 0)) return false;
  }
  return true;
}

function reserveHeader(file: Deno.FsFile): void {
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  const room = new Uint8Array(HEADER_BYTES);
  room.set(MAGIC);
  writeAll(file, room);
}

// Called with the draft's lock held: an empty file of this name is a killed builder's.
function openScratch(path: string): Deno.FsFile {
  const found = statIfThere(path);
  if (found !== undefined) {
    if (!found.isFile || found.size > 0) throw foreign("Not a half-built index", path);
    Deno.removeSync(path);
  }
  const file = Deno.openSync(path, { read: true, write: true, createNew: true });
  Deno.removeSync(path);
  return file;
}

async function syncDirectoryOf(path: string): Promise<void> {
  const slash = path.lastIndexOf("/");
  using directory = await Deno.open(slash < 0 ? "." : path.slice(0, slash + 1));
  await directory.sync();
}
