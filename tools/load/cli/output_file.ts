import { describeSystemError } from "../../../src/source/system_error.ts";

/**
 * A file that is opened before a long piece of work and written when that is done: so it shows at once
 * where it cannot be written. What it held before is kept until then.
 */
export class OutputFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a file, and makes one where there is none.
   *
   * @throws {Error} where it cannot be written; the message is one line for people
   */
  static async open(path: string): Promise<OutputFile> {
    return await attempt(path, async () => {
      return new OutputFile(path, await Deno.open(path, { write: true, create: true }));
    });
  }

  /**
   * Replaces what the file holds.
   *
   * @throws {Error} where that fails; the message is one line for people
   */
  async write(text: string): Promise<void> {
    await attempt(this.#path, async () => {
      // A pipe or a terminal cannot be made shorter.
      if ((await this.#file.stat()).isFile) await this.#file.truncate();
      const bytes = new TextEncoder().encode(text);
      for (let done = 0; done < bytes.length;) done += await this.#file.write(bytes.subarray(done));
    });
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new Error(`Cannot write file: ${describeSystemError(error)}: ${path}`, { cause: error });
  }
}
