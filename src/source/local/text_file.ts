import { describeSystemError } from "../system_error.ts";
import { TextError } from "../text_error.ts";

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
 * How much later a file must be written to for its times to tell: systems count them in steps of up to
 * 10 ms.
 */
export const TIMESTAMP_STEP_MS = 20;

/**
 * An open text, read in one thread, one read after the other.
 *
 * Nothing of `node:` is needed, which takes longer to load than a text of 50 MB to index.
 */
export class TextFile {
  /** The path it was opened by. */
  readonly path: string;
  /** The file's identity when it was opened. */
  readonly identity: TextIdentity;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
    this.identity = settledIdentity(() => identityOf(file.statSync()));
  }

  /**
   * Opens a text. One that was just written to is waited for, {@linkcode TIMESTAMP_STEP_MS} at most:
   * then its identity tells it from whatever is written to it later.
   *
   * @throws {TextError} where it is missing, unreadable, or not a regular file
   */
  static open(path: string): TextFile {
    // Before opening: opening a pipe would wait for its writer.
    statRegularFile(path);
    return new TextFile(path, attemptRead(path, () => Deno.openSync(path)));
  }

  /** The size in bytes when it was opened. */
  get bytes(): number {
    return this.identity.bytes;
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
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    for (let got = 0; got < bytes;) {
      const bytesRead = attemptRead(
        this.path,
        () => this.#file.readSync(into.subarray(got, bytes)),
      );
      if (bytesRead === null) throw endsEarly(this, offset + got);
      got += bytesRead;
    }
  }

  /** The identity of the open file as it is now, wherever its path leads. */
  identityNowSync(): TextIdentity {
    return identityOf(attemptRead(this.path, () => this.#file.statSync()));
  }

  /**
   * The file's identity as it is now. The answer comes from another thread: meanwhile timers, signals
   * and messages are dealt with.
   */
  async identityNow(): Promise<TextIdentity> {
    return identityOf(await this.#file.stat());
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
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
 * Makes sure that nobody wrote to a text, or put another in its place, since it was opened.
 *
 * @param doing what was done with it meanwhile, and what to do now, for the message
 * @throws {TextError} where somebody did, or it is gone
 */
export function assertUnchanged(text: TextFile, doing: { was: string; advice: string }): void {
  if (sameModification(text.identity, statText(text.path))) return;
  throw new TextError(`Text changed while it was ${doing.was}: ${text.path}: ${doing.advice}`);
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
    return identityOf(Deno.statSync(path));
  } catch {
    return undefined;
  }
}

// The time may also be one that somebody set, or another machine's: nothing is to be waited for then.
function settledIdentity(look: () => TextIdentity): TextIdentity {
  const identity = look();
  const ageMs = Date.now() - identity.modifiedMs;
  if (ageMs < 0 || ageMs >= TIMESTAMP_STEP_MS) return identity;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIMESTAMP_STEP_MS - ageMs);
  return look();
}

function identityOf(info: Deno.FileInfo): TextIdentity {
  return {
    bytes: info.size,
    modifiedMs: info.mtime?.getTime() ?? 0,
    changedMs: info.ctime?.getTime() ?? 0,
    inode: `${info.dev}:${info.ino}`,
  };
}

function statRegularFile(path: string): Deno.FileInfo {
  const info = attemptRead(path, () => Deno.statSync(path));
  if (info.isDirectory) throw new TextError(`Cannot read text: is a directory: ${path}`);
  if (!info.isFile) throw new TextError(`Cannot read text: not a regular file: ${path}`);
  return info;
}

/** Does what reads a text; what is thrown becomes a {@linkcode TextError}. */
export function attemptRead<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** What to tell the user where a text cannot be read. */
export function cannotRead(path: string, error: unknown): TextError {
  return new TextError(`Cannot read text: ${describeSystemError(error)}: ${path}`, {
    cause: error,
  });
}

/** What to tell the user where a text is shorter than when it was opened. */
export function endsEarly(text: { path: string; bytes: number }, offset: number): TextError {
  return new TextError(`Text ends at byte ${offset}, not at ${text.bytes}: ${text.path}`);
}
