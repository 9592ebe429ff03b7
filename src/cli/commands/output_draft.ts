import {
  followIfThere,
  followLinks,
  localDisk,
  lock,
  type LockOptions,
  MissingFeatures,
  statIfThere,
  stillAt,
} from "../../index/build/draft_disk.ts";
import {
  accessToIndex,
  changeMode,
  PRIVATE_MODE,
  setAccess,
} from "../../index/build/index_access.ts";
import { writeAll } from "../../index/build/sequential_file.ts";
import { identityOf, sameFile } from "../../source/local/file_identity.ts";
import { describeSystemError, systemErrorRemedy } from "../../source/messages.ts";

/** Appended to the path of an output while it is being written. */
export const OUTPUT_DRAFT_SUFFIX = ".compressing";

// Less what `umask` says.
const NEW_FILE_MODE = 0o666;

// How often to open the draft again because another process finished, and removed it, in between.
const ACQUIRE_ATTEMPTS_MAX = 100;

/** How an output is written. */
export interface OutputOptions extends LockOptions {
  /** Replace a file at the path. */
  readonly force: boolean;
  /** What is read, if that is known. It is never replaced; a regular file gives a new output its access. */
  readonly input: Deno.FileInfo | undefined;
  /** Whether a file may be what a killed process left at the temporary path. Nothing else is overwritten. */
  readonly isDraft: (head: Uint8Array) => boolean;
}

/** An output file cannot be written. The message is one line for people. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

/**
 * A file under construction: a locked temporary file next to its path. If the path is a symbolic link, the file is
 * where the link leads.
 *
 * - Complete or absent: `commit` syncs the file and renames it; until then the path is not touched.
 * - One writer at a time, if the file system has locks. What a killed one left is taken over.
 */
export class OutputDraft implements Disposable {
  readonly #path: string;
  readonly #draftPath: string;
  readonly #file: Deno.FsFile;
  readonly #options: OutputOptions;
  readonly #missing: MissingFeatures;

  private constructor(
    path: string,
    file: Deno.FsFile,
    options: OutputOptions,
    missing: MissingFeatures,
  ) {
    this.#path = path;
    this.#draftPath = path + OUTPUT_DRAFT_SUFFIX;
    this.#file = file;
    this.#options = options;
    this.#missing = missing;
  }

  /**
   * Opens a draft. Waits for another process that writes the same file.
   *
   * @throws {OutputError} (as a rejection) if the path must not be replaced, or cannot be written
   * @throws the signal's reason, if it was aborted
   */
  static async acquire(path: string, options: OutputOptions): Promise<OutputDraft> {
    try {
      const target = followLinks(path);
      assertReplaceable(target, options);
      // A missing feature only weakens what happens after a power failure, or with two writers.
      const missing = new MissingFeatures(undefined);
      const file = await openDraft(target + OUTPUT_DRAFT_SUFFIX, options, missing);
      return new OutputDraft(target, file, options, missing);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw toOutputError(path, error);
    }
  }

  /** @throws {OutputError} */
  write(bytes: Uint8Array): void {
    try {
      writeAll(this.#file, bytes);
    } catch (error) {
      throw toOutputError(this.#path, error);
    }
  }

  /**
   * Syncs the file to the disk, and moves it to its path.
   *
   * @throws {OutputError} (as a rejection) if that fails, or something else is at its path by now
   */
  async commit(): Promise<void> {
    const { disk = localDisk } = this.#options;
    try {
      await this.#missing.unless("sync", disk.sync(this.#file));
      // What is renamed is whatever is at the draft's path.
      if (!stillAt(this.#file, this.#draftPath)) {
        throw new OutputError(`Unfinished file removed by another program: ${this.#draftPath}.`);
      }
      assertReplaceable(this.#path, this.#options);
      this.#setAccess();
      await Deno.rename(this.#draftPath, this.#path);
      await this.#missing.unless("sync", disk.syncDirectoryOf(this.#path));
    } catch (error) {
      throw toOutputError(this.#path, error);
    }
  }

  /** Closes the draft, and removes it if it was not committed. */
  [Symbol.dispose](): void {
    try {
      if (stillAt(this.#file, this.#draftPath)) Deno.removeSync(this.#draftPath);
    } catch (cause) {
      const what = `${this.#draftPath} (${describeSystemError(cause)})`;
      throw new OutputError(`Cannot remove unfinished file: ${what}. Remove it.`, { cause });
    } finally {
      this.#file.close();
    }
  }

  #setAccess(): void {
    const access = accessToIndex(statIfThere(this.#path), regular(this.#options.input));
    if (access !== undefined) setAccess(this.#draftPath, access);
  }
}

function assertReplaceable(path: string, { force, input }: OutputOptions): void {
  const found = followIfThere(path);
  if (found === undefined) return;
  if (input !== undefined && sameFile(identityOf(found), identityOf(input))) {
    throw refuse(path, "it is the input");
  }
  if (!found.isFile) throw refuse(path, "not a regular file");
  if (force) return;
  throw new OutputError(`File exists: ${path}. Replace it with --force, or choose another -o.`);
}

function refuse(path: string, reason: string): OutputError {
  return new OutputError(`Cannot write file: ${path} (${reason}). Choose another path with -o.`);
}

// Opens the file that is at the path now, or creates it, and waits until no other process has locked it.
async function openDraft(
  path: string,
  options: OutputOptions,
  missing: MissingFeatures,
): Promise<Deno.FsFile> {
  const isPrivate = regular(options.input) !== undefined;
  for (let attempt = 0; attempt < ACQUIRE_ATTEMPTS_MAX; attempt++) {
    options.signal?.throwIfAborted();
    // Before it is opened: a link would lead elsewhere.
    const found = statIfThere(path);
    if (found?.isFile === false) throw foreign(path);
    const mode = isPrivate ? PRIVATE_MODE : NEW_FILE_MODE;
    const file = Deno.openSync(path, { read: true, write: true, create: true, mode });
    try {
      if (!file.statSync().isFile) throw foreign(path);
      await missing.unless("lock", lock(file, found !== undefined, options));
      if (stillAt(file, path)) {
        if (!options.isDraft(readHead(file))) throw foreign(path);
        if (isPrivate) changeMode(path, PRIVATE_MODE);
        file.truncateSync(0);
        file.seekSync(0, Deno.SeekMode.Start);
        return file;
      }
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
  throw new OutputError(`Other processes keep writing: ${path}. Try again.`);
}

const HEAD_BYTES = 4;

function readHead(file: Deno.FsFile): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  return head.subarray(0, file.readSync(head) ?? 0);
}

function regular(info: Deno.FileInfo | undefined): Deno.FileInfo | undefined {
  return info?.isFile === true ? info : undefined;
}

function foreign(path: string): OutputError {
  return new OutputError(`Not an unfinished file: ${path}. Move it away.`);
}

function toOutputError(path: string, error: unknown): OutputError {
  if (error instanceof OutputError) return error;
  const reason = describeSystemError(error);
  const remedy = systemErrorRemedy(error) ?? "Choose another path with -o.";
  return new OutputError(`Cannot write file: ${path} (${reason}). ${remedy}`, { cause: error });
}
