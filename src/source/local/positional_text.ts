import { closeSync, fstatSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import { attemptRead, cannotRead, endsEarly, type TextFile } from "./text_file.ts";
import { TextError } from "../text_error.ts";
import { RESIDENT_BLOCK_BYTES, ResidentBlocks } from "./resident_blocks.ts";

const readAsync = promisify(read);

/**
 * How many reads are under way at once at most, of those that give way to other work: each has an open
 * file of its own, because the reads of one open file run one after the other.
 */
export const READERS = 8;

interface Reader {
  readonly fd: number;
  readonly block: Uint8Array;
}

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
  readonly #inode: string;
  readonly #resident: ResidentBlocks;
  readonly #block = new Uint8Array(RESIDENT_BLOCK_BYTES);
  // Opened as they are needed: there may be many texts, and few files that may be open.
  readonly #readers: Reader[];
  readonly #idle: Reader[];
  // Called in order, each when a reader is idle again.
  readonly #waiting: ((reader: Reader) => void)[] = [];

  private constructor(text: TextFile, fd: number) {
    this.path = text.path;
    this.bytes = text.bytes;
    this.#fd = fd;
    this.#inode = text.identity.inode;
    this.#resident = new ResidentBlocks(text.bytes);
    this.#readers = [newReader(fd)];
    this.#idle = this.#readers.slice();
  }

  /**
   * Opens a text once more.
   *
   * @param text the caller closes it
   * @throws {TextError} where it cannot be opened, or its path now leads to another file
   */
  static open(text: TextFile): PositionalText {
    const fd = attemptRead(text.path, () => openSync(text.path, "r"));
    if (inodeOf(fd) === text.identity.inode) return new PositionalText(text, fd);
    closeSync(fd);
    throw new TextError(`Text was replaced while it was opened: ${text.path}: try again`);
  }

  /**
   * Whether `readSync` should not have to wait for the disk there: a guess, see
   * {@linkcode ResidentBlocks}.
   *
   * @param from the first byte's offset in the text
   * @param to behind the last byte
   */
  isAtHand(from: number, to: number): boolean {
    return this.#resident.expects(from, to);
  }

  /** Whether all blocks there were read before, and should still be in the system's memory. */
  wasRead(from: number, to: number): boolean {
    return this.#resident.has(from, to);
  }

  /** Whether `fetch` waits for the disk, because that takes less than to ask another thread: a guess. */
  get isDiskNear(): boolean {
    return !this.#resident.isDiskFar;
  }

  /**
   * Has the system read a part of the text into its memory, while other work goes on unless the disk is
   * near: afterwards it is at hand.
   *
   * @param from the first byte's offset in the text
   * @param to behind the last byte
   * @throws {TextError} (as a rejection) where it cannot be read
   */
  async fetch(from: number, to: number): Promise<void> {
    const first = from - from % RESIDENT_BLOCK_BYTES;
    for (let offset = first; offset < to; offset += RESIDENT_BLOCK_BYTES) {
      const end = Math.min(offset + RESIDENT_BLOCK_BYTES, this.bytes);
      if (!this.#resident.has(offset, end)) await this.#fetchBlock(offset, end);
    }
  }

  // A near disk answers sooner than another thread could be asked.
  async #fetchBlock(offset: number, end: number): Promise<void> {
    if (this.isDiskNear) return this.readSync(this.#block, end - offset, offset);
    await this.#withReader(({ fd, block }) =>
      this.#fill(fd, block.subarray(0, end - offset), offset)
    );
    this.#resident.add(offset, end);
  }

  /**
   * Reads at a position, without waiting: the thread stands still until the disk answers.
   *
   * @param into receives the bytes
   * @param bytes how many to read: 1 or more
   * @param offset where in the text to begin
   * @throws {TextError} where the text ends before, or cannot be read
   */
  readSync(into: Uint8Array, bytes: number, offset: number): void {
    const startMs = performance.now();
    for (let got = 0; got < bytes;) {
      const bytesRead = this.#readSome(into, got, bytes - got, offset + got);
      if (bytesRead === 0) throw endsEarly(this, offset + got);
      got += bytesRead;
    }
    this.#resident.note(offset, offset + bytes, performance.now() - startMs);
  }

  /**
   * Reads at a position while other work goes on. {@linkcode READERS} such reads run side by side, and
   * further ones wait.
   *
   * @param into receives the bytes
   * @param offset where in the text to begin
   * @throws {TextError} (as a rejection) where the text ends before `into` is full, or cannot be read
   */
  async read(into: Uint8Array, offset: number): Promise<void> {
    await this.#withReader(({ fd }) => this.#fill(fd, into, offset));
  }

  /** Closes the file. */
  close(): void {
    for (const { fd } of this.#readers) closeSync(fd);
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #withReader(work: (reader: Reader) => Promise<void>): Promise<void> {
    const reader = this.#idle.pop() ?? this.#openReader() ?? await this.#nextIdle();
    try {
      await work(reader);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(reader);
      else next(reader);
    }
  }

  // Where there are enough, or no further one can be had, those that are open must do.
  #openReader(): Reader | undefined {
    if (this.#readers.length === READERS) return undefined;
    const fd = openAgain(this.path, this.#inode);
    if (fd === undefined) return undefined;
    const reader = newReader(fd);
    this.#readers.push(reader);
    return reader;
  }

  #nextIdle(): Promise<Reader> {
    const { promise, resolve } = Promise.withResolvers<Reader>();
    this.#waiting.push(resolve);
    return promise;
  }

  async #fill(fd: number, into: Uint8Array, offset: number): Promise<void> {
    for (let got = 0; got < into.length;) {
      const { bytesRead } = await readAsync(fd, into, got, into.length - got, offset + got)
        .catch((error) => {
          throw cannotRead(this.path, error);
        });
      if (bytesRead === 0) throw endsEarly(this, offset + got);
      got += bytesRead;
    }
  }

  #readSome(into: Uint8Array, at: number, bytes: number, offset: number): number {
    try {
      return readSync(this.#fd, into, at, bytes, offset);
    } catch (error) {
      throw cannotRead(this.path, error);
    }
  }
}

function newReader(fd: number): Reader {
  return { fd, block: new Uint8Array(RESIDENT_BLOCK_BYTES) };
}

function inodeOf(fd: number): string {
  const { dev, ino } = fstatSync(fd);
  return `${dev}:${ino}`;
}

// The path may lead elsewhere by now, or too many files be open.
function openAgain(path: string, inode: string): number | undefined {
  try {
    const fd = openSync(path, "r");
    if (inodeOf(fd) === inode) return fd;
    closeSync(fd);
  } catch {
    // Reading goes on with the files that are open.
  }
  return undefined;
}
