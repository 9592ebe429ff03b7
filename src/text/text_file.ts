import { closeSync, fstatSync, openSync, read, readSync, type Stats, statSync } from "node:fs";
import { promisify } from "node:util";
import { describeSystemError } from "./system_error.ts";
import { TextError } from "./text_error.ts";

const readAsync = promisify(read);

/** What tells one state of a file from another without reading it. */
export interface TextIdentity {
  /** The size in bytes. */
  readonly bytes: number;
  /** When the content was last changed, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** When content, name or rights were last changed, in milliseconds since 1970. */
  readonly changedMs: number;
  /** The device and the number of the file on it. */
  readonly inode: string;
}

/**
 * An open text, read by position.
 *
 * Reads by position do not disturb each other, unlike `seek` followed by `read`.
 */
export class TextFile {
  /** The path it was opened by. */
  readonly path: string;
  /** The file's identity when it was opened. */
  readonly identity: TextIdentity;
  readonly #fd: number;

  private constructor(path: string, fd: number, identity: TextIdentity) {
    this.path = path;
    this.#fd = fd;
    this.identity = identity;
  }

  /**
   * Opens a text.
   *
   * @throws {TextError} where it is missing, unreadable, or not a regular file
   */
  static open(path: string): TextFile {
    // Before opening: opening a pipe would wait for its writer.
    statRegularFile(path);
    const fd = attempt(path, () => openSync(path, "r"));
    return new TextFile(path, fd, identityOf(fstatSync(fd)));
  }

  /** The size in bytes when it was opened. */
  get bytes(): number {
    return this.identity.bytes;
  }

  /** The open file's descriptor. */
  get fd(): number {
    return this.#fd;
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
      if (bytesRead === 0) throw this.#endsAt(offset + got);
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
      if (bytesRead === 0) throw this.#endsAt(offset + got);
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

  #endsAt(offset: number): TextError {
    return new TextError(`Text ends at byte ${offset}, not at ${this.bytes}: ${this.path}`);
  }
}

/** Whether two identities are of one file whose content was not written to in between. */
export function sameModification(a: TextIdentity, b: TextIdentity): boolean {
  return a.bytes === b.bytes && a.modifiedMs === b.modifiedMs && a.inode === b.inode;
}

/** As `sameModification`, and with nothing else about the file changed either, such as its times. */
export function sameIdentity(a: TextIdentity, b: TextIdentity): boolean {
  return sameModification(a, b) && a.changedMs === b.changedMs;
}

/**
 * What a path leads to now, without opening it.
 *
 * @throws {TextError} where there is no such regular file
 */
export function statText(path: string): TextIdentity {
  return identityOf(statRegularFile(path));
}

/** The identity of whatever the path leads to; `undefined` where that is nothing, or not to be seen. */
export function identityIfThere(path: string): TextIdentity | undefined {
  try {
    return identityOf(statSync(path));
  } catch {
    return undefined;
  }
}

function identityOf(stats: Stats): TextIdentity {
  return {
    bytes: stats.size,
    modifiedMs: stats.mtimeMs,
    changedMs: stats.ctimeMs,
    inode: `${stats.dev}:${stats.ino}`,
  };
}

function statRegularFile(path: string): Stats {
  const stats = attempt(path, () => statSync(path));
  if (stats.isDirectory()) throw new TextError(`Cannot read text: is a directory: ${path}`);
  if (!stats.isFile()) throw new TextError(`Cannot read text: not a regular file: ${path}`);
  return stats;
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): TextError {
  return new TextError(`Cannot read text: ${describeSystemError(error)}: ${path}`, {
    cause: error,
  });
}
