import { cannotWrite } from "../load_failure.ts";

/**
 * A file that is opened before the run and written after it, so that a run is not lost because its
 * report cannot be written. The old content is kept until then.
 */
export class OutputFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a file, or creates it.
   *
   * @throws {LoadFailure} if the file cannot be written
   */
  static open(path: string): Promise<OutputFile> {
    return attempt(path, async () => {
      return new OutputFile(path, await Deno.open(path, { write: true, create: true }));
    });
  }

  /**
   * Replaces the content of the file.
   *
   * @throws {LoadFailure} if that fails
   */
  write(text: string): Promise<void> {
    return attempt(this.#path, async () => {
      // Pipes and terminals cannot be truncated.
      if ((await this.#file.stat()).isFile) await this.#file.truncate();
      const bytes = new TextEncoder().encode(text);
      for (let done = 0; done < bytes.length;) done += await this.#file.write(bytes.subarray(done));
    });
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
