import { formatCount } from "../messages.ts";
import type { ByteSource } from "../text_source.ts";
import { type FileIdentity, identityOf, sameFile } from "./file_identity.ts";
import { DiskSpeed, ReadCost } from "./read_cost.ts";
import { openRegularFile, openRegularFileSync } from "./regular_file.ts";

/**
 * How many awaited reads of a file run side by side. Each has an open file of its own, because the reads of
 * one open file run one after the other.
 */
export const READERS_MAX = 8;

/** How a file is opened. */
export interface LocalFileOptions {
  /**
   * Whether reading may block the thread. A program with nothing else to do, such as the index builder,
   * lets it; a server does not.
   *
   * @default {false}
   */
  readonly mayBlock?: boolean;
  /**
   * What is known of the disk; files on one disk may share it.
   *
   * @default {nothing}
   */
  readonly disk?: DiskSpeed;
  /**
   * Makes the error for a read that failed.
   *
   * @param cause {@linkcode FileEndsEarly}, or what the operating system said
   */
  readonly toError: (cause: unknown) => Error;
}

/** The file has become shorter since it was opened. */
export class FileEndsEarly extends Error {
  override readonly name = "FileEndsEarly";
}

/** Says in a few words that a file has another size than before. */
export function describeSize(nowBytes: number, beforeBytes: number): string {
  return `it has ${formatCount(nowBytes)} bytes, not ${formatCount(beforeBytes)}`;
}

/** An open local file, read at any offset. */
export class LocalFile implements ByteSource, Disposable {
  readonly name: string;
  /** Which file it was, and in which state, when it was opened. */
  readonly identity: FileIdentity;
  readonly #file: Deno.FsFile;
  readonly #toError: (cause: unknown) => Error;
  readonly #cost: ReadCost | undefined;
  // For awaited reads. The first is opened with the file, so that a process with too many open files can
  // still read; the others are opened as they are needed.
  readonly #readers: Deno.FsFile[] = [];
  readonly #idle: Deno.FsFile[] = [];
  // Resolved in order, each with a reader that has become idle or was opened.
  readonly #waiting: PromiseWithResolvers<Deno.FsFile>[] = [];
  // Readers that are being opened.
  #opening = 0;
  #isClosed = false;

  private constructor(name: string, file: Deno.FsFile, options: LocalFileOptions) {
    this.name = name;
    this.#file = file;
    this.#toError = options.toError;
    this.identity = identityOf(file.statSync());
    this.#cost = options.mayBlock === true
      ? undefined
      : new ReadCost(this.identity.size, options.disk ?? new DiskSpeed());
  }

  /**
   * Opens a regular file, without blocking the thread.
   *
   * @throws {NotRegularFile} (as a rejection) if something else is at the path
   * @throws {Error} (as a rejection) what the operating system said
   */
  static async open(path: string, options: LocalFileOptions): Promise<LocalFile> {
    const opened = new LocalFile(path, await openRegularFile(path), options);
    if (options.mayBlock === true) return opened;
    await opened.#addReader();
    return opened;
  }

  /** As {@linkcode LocalFile.open}, but blocks the thread if a FIFO is put at the path at this moment. */
  static openSync(path: string, options: LocalFileOptions): LocalFile {
    const opened = new LocalFile(path, openRegularFileSync(path), options);
    if (options.mayBlock !== true) opened.#addReaderSync();
    return opened;
  }

  get size(): number {
    return this.identity.size;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    const end = this.#checkedEnd(into, offset);
    if (this.#cost === undefined) {
      this.#fill(into, offset);
      return true;
    }
    const startMs = performance.now();
    if (!this.#cost.isQuick(offset, end, startMs)) return false;
    this.#fill(into, offset);
    const endMs = performance.now();
    this.#cost.noteRead(offset, end, endMs - startMs, endMs);
    return true;
  }

  async read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const end = this.#checkedEnd(into, offset);
    if (this.#cost === undefined) return this.#fill(into, offset);
    const reader = this.#idle.pop() ?? await this.#nextReader(signal);
    try {
      await this.#fillAwaited(reader, into, offset);
      this.#cost.noteAwaited(offset, end);
    } finally {
      this.#release(reader);
    }
  }

  /**
   * The state of the open file now, wherever its path leads.
   *
   * @throws {Error} what the operating system said
   */
  identityNow(): FileIdentity {
    return identityOf(this.#file.statSync());
  }

  /** Reads that wait or run fail. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#file.close();
    for (const reader of this.#readers) reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #checkedEnd(into: Uint8Array, offset: number): number {
    const end = offset + into.length;
    if (this.#isClosed) throw this.#toError(new Error("it is closed"));
    if (offset >= 0 && end <= this.size) return end;
    throw new RangeError(`Cannot read bytes ${offset} to ${end} of ${this.size}: ${this.name}`);
  }

  // Opens one more reader. There is none if the path leads to another file by now, or if too many files are open.
  async #addReader(): Promise<void> {
    this.#opening++;
    try {
      this.#keepIfSame(await openRegularFile(this.name));
    } catch {
      // Reading goes on with the readers that are open.
    } finally {
      this.#opening--;
    }
    if (this.#readers.length > 0 || this.#opening > 0) return;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(this.#toError(new Error("cannot open it again")));
    }
  }

  #addReaderSync(): void {
    try {
      this.#keepIfSame(openRegularFileSync(this.name));
    } catch {
      // Readers are opened when they are needed.
    }
  }

  #keepIfSame(reader: Deno.FsFile): void {
    if (this.#isClosed || !sameFile(identityOf(reader.statSync()), this.identity)) {
      reader.close();
      return;
    }
    this.#readers.push(reader);
    this.#release(reader);
  }

  #release(reader: Deno.FsFile): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(reader);
    else next.resolve(reader);
  }

  // Waits for a reader that becomes idle, or for another one that is opened meanwhile.
  #nextReader(signal: AbortSignal | undefined): Promise<Deno.FsFile> {
    const next = Promise.withResolvers<Deno.FsFile>();
    this.#waiting.push(next);
    if (this.#readers.length + this.#opening < READERS_MAX) this.#addReader();
    if (signal === undefined) return next.promise;
    const onAbort = () => {
      const at = this.#waiting.indexOf(next);
      if (at >= 0) this.#waiting.splice(at, 1);
      next.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort);
    return next.promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  #fill(into: Uint8Array, offset: number): void {
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      for (let got = 0; got < into.length;) {
        const bytes = this.#file.readSync(got === 0 ? into : into.subarray(got));
        if (bytes === null) throw this.#endsEarly();
        got += bytes;
      }
    } catch (error) {
      throw this.#toError(error);
    }
  }

  async #fillAwaited(reader: Deno.FsFile, into: Uint8Array, offset: number): Promise<void> {
    try {
      reader.seekSync(offset, Deno.SeekMode.Start);
      for (let got = 0; got < into.length;) {
        const bytes = await reader.read(into.subarray(got));
        if (bytes === null) throw this.#endsEarly();
        got += bytes;
      }
    } catch (error) {
      throw this.#toError(error);
    }
  }

  #endsEarly(): FileEndsEarly {
    return new FileEndsEarly(describeSize(this.identityNow().size, this.size));
  }
}
