import { cannotWrite } from "../load_failure.ts";

/**
 * A file that is written after the run. It is opened before the run, so that a run is not lost because
 * its report cannot be written.
 *
 * - A regular file is replaced as a whole when {@linkcode write} succeeds, by renaming a temporary file
 *   next to it. Until then, and after a failure, its old content is unchanged; a new file does not
 *   exist.
 * - A device or a pipe is written directly.
 */
export class OutputFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** The temporary file, until it has been renamed. */
  #temporaryPath: string | undefined;

  private constructor(path: string, file: Deno.FsFile, temporaryPath?: string) {
    this.#path = path;
    this.#file = file;
    this.#temporaryPath = temporaryPath;
  }

  /** @throws {LoadFailure} if the file cannot be written */
  static open(path: string): Promise<OutputFile> {
    return attempt(path, async () => {
      const existing = await openExisting(path);
      const { isFile, mode } = await existing?.stat() ?? { isFile: true, mode: null };
      if (existing !== undefined && !isFile) return new OutputFile(path, existing);
      existing?.close();
      // The target of a symbolic link is replaced, not the link.
      const target = existing === undefined ? path : await Deno.realPath(path);
      const temporaryPath = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
      const created = { write: true, createNew: true, ...mode === null ? {} : { mode } };
      return new OutputFile(target, await Deno.open(temporaryPath, created), temporaryPath);
    });
  }

  /**
   * Replaces the content of the file. Must be called once.
   *
   * @throws {LoadFailure} if that fails
   */
  write(text: string): Promise<void> {
    return attempt(this.#path, async () => {
      const bytes = new TextEncoder().encode(text);
      for (let done = 0; done < bytes.length;) done += await this.#file.write(bytes.subarray(done));
      if (this.#temporaryPath === undefined) return;
      await this.#file.sync();
      await Deno.rename(this.#temporaryPath, this.#path);
      this.#temporaryPath = undefined;
    });
  }

  [Symbol.dispose](): void {
    this.#file.close();
    if (this.#temporaryPath !== undefined) Deno.removeSync(this.#temporaryPath);
  }
}

async function openExisting(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
