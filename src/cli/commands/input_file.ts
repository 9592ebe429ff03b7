import { identityOf, isSameOrGrown } from "../../source/local/file_identity.ts";
import { attempt, attemptAsync, cannotRead } from "../../source/local/regular_file.ts";
import { describeSystemError } from "../../source/messages.ts";
import { TextError } from "../../source/text_source.ts";

/** Stands for standard input. */
export const STANDARD_INPUT = "-";

const CHUNK_BYTES = 1024 * 1024;

/** A file, a pipe or standard input that is read once, from its beginning to its end. */
export class InputFile implements Disposable {
  /** For messages. */
  readonly name: string;
  /** Its state when it was opened; undefined for standard input. */
  readonly info: Deno.FileInfo | undefined;
  // Undefined for standard input.
  readonly #file: Deno.FsFile | undefined;

  private constructor(name: string, file?: Deno.FsFile) {
    this.name = name;
    this.#file = file;
    this.info = file?.statSync();
  }

  /**
   * Opens a file. A named pipe waits for a program that writes to it.
   *
   * @param path {@linkcode STANDARD_INPUT} stands for standard input
   * @throws {TextError} (as a rejection) if it cannot be opened, or is a directory
   * @throws the signal's reason, if it was aborted
   */
  static async open(path: string, signal: AbortSignal): Promise<InputFile> {
    if (path === STANDARD_INPUT) return new InputFile("standard input");
    const file = await untilAborted(() => attemptAsync(path, () => Deno.open(path)), signal);
    const input = attempt(path, () => new InputFile(path, file));
    if (input.info?.isDirectory !== true) return input;
    file.close();
    throw new TextError(`Cannot read file: ${path} (is a directory). Choose a file.`);
  }

  /** The size; undefined if only its end tells. */
  get size(): number | undefined {
    return this.info?.isFile === true ? this.info.size : undefined;
  }

  /**
   * The content. Of a file that grows: what it had when it was opened.
   *
   * @returns chunks, each valid until the next one is asked for
   * @throws {TextError} if it cannot be read, or was changed meanwhile
   * @throws the signal's reason, if it was aborted
   */
  async *chunks(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const buffer = new Uint8Array(CHUNK_BYTES);
    let left = this.size ?? Infinity;
    while (left > 0) {
      const into = buffer.subarray(0, Math.min(left, buffer.length));
      const got = await untilAborted(() => this.#read(into), signal);
      if (got === null) break;
      left -= got;
      yield buffer.subarray(0, got);
    }
    this.#assertUnchanged();
  }

  [Symbol.dispose](): void {
    this.#file?.close();
  }

  async #read(into: Uint8Array): Promise<number | null> {
    try {
      return await (this.#file ?? Deno.stdin).read(into);
    } catch (error) {
      throw cannotRead(this.name, describeSystemError(error), error);
    }
  }

  #assertUnchanged(): void {
    const { info: before } = this;
    if (before?.isFile !== true) return;
    const now = attempt(this.name, () => this.#file!.statSync());
    if (isSameOrGrown(identityOf(before), identityOf(now))) return;
    const how = "it was written to while it was read";
    throw new TextError(`File changed: ${this.name} (${how}). Try again.`);
  }
}

/** What is awaited goes on; only the waiting ends. */
async function untilAborted<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const promise = start();
  // It may fail after the waiting has ended.
  promise.catch(() => {});
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
