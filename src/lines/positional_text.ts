import { closeSync, fstatSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import { attemptRead, cannotRead, endsEarly, type TextFile } from "../text/text_file.ts";
import { TextError } from "../text/text_error.ts";

const readAsync = promisify(read);

/**
 * An open text, read by position.
 *
 * Reads by position do not disturb each other, unlike `seek` followed by `read`.
 */
export class PositionalText {
  /** The path it was opened by. */
  readonly path: string;
  /** The size in bytes when it was opened. */
  readonly bytes: number;
  readonly #fd: number;

  private constructor(text: TextFile, fd: number) {
    this.path = text.path;
    this.bytes = text.bytes;
    this.#fd = fd;
  }

  /**
   * Opens a text once more.
   *
   * @param text the caller closes it
   * @throws {TextError} where it cannot be opened, or its path now leads to another file
   */
  static open(text: TextFile): PositionalText {
    const fd = attemptRead(text.path, () => openSync(text.path, "r"));
    const { dev, ino } = fstatSync(fd);
    if (`${dev}:${ino}` === text.identity.inode) return new PositionalText(text, fd);
    closeSync(fd);
    throw new TextError(`Text was replaced while it was opened: ${text.path}: try again`);
  }

  /**
   * Reads at a position, without waiting: the thread stands still until the disk answers.
   *
   * @param into receives the bytes
   * @param bytes how many to read
   * @param offset where in the text to begin
   * @throws {TextError} where the text ends before, or cannot be read
   */
  readSync(into: Uint8Array, bytes: number, offset: number): void {
    for (let got = 0; got < bytes;) {
      const bytesRead = this.#readSome(into, got, bytes - got, offset + got);
      if (bytesRead === 0) throw endsEarly(this, offset + got);
      got += bytesRead;
    }
  }

  /**
   * Reads at a position while other work goes on.
   *
   * @param into receives the bytes
   * @param offset where in the text to begin
   * @throws {TextError} (as a rejection) where the text ends before `into` is full, or cannot be read
   */
  async read(into: Uint8Array, offset: number): Promise<void> {
    let got = 0;
    while (got < into.length) {
      const { bytesRead } = await readAsync(this.#fd, into, got, into.length - got, offset + got)
        .catch((error) => {
          throw cannotRead(this.path, error);
        });
      if (bytesRead === 0) throw endsEarly(this, offset + got);
      got += bytesRead;
    }
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd);
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #readSome(into: Uint8Array, at: number, bytes: number, offset: number): number {
    try {
      return readSync(this.#fd, into, at, bytes, offset);
    } catch (error) {
      throw cannotRead(this.path, error);
    }
  }
}
