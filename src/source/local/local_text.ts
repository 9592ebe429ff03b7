import { hashSamples } from "../fingerprint.ts";
import { describeSystemError, formatCount } from "../messages.ts";
import { TextError, type TextSource } from "../text_source.ts";
import { type FileIdentity, sameFile, sameState } from "./file_identity.ts";
import { FileEndsEarly, LocalFile, type LocalFileOptions } from "./local_file.ts";
import { attempt, attemptAsync, cannotRead, statRegularFile } from "./regular_file.ts";

/** The unit in which local files are cached: small enough that a miss reads little that is not needed. */
export const LOCAL_BLOCK_BYTES = 16 * 1024;

/** How long a text is trusted to be unchanged after it was checked. */
export const TRUST_MS = 10;

/**
 * File systems count modification times in steps of up to 10 ms. A text that was written to more recently
 * than this is not opened yet: a further write could leave its time as it is.
 */
export const TIMESTAMP_STEP_MS = 20;

/** How a text is opened. */
export type LocalTextOptions = Pick<LocalFileOptions, "mayBlock" | "disk">;

/**
 * A regular file on a local disk.
 *
 * It counts as changed once its size or modification time is another, or its path leads to another file.
 * That is final, whatever its path leads to later. A file that is only missing, as during a rename, may
 * come back.
 */
export class LocalText implements TextSource, Disposable {
  readonly blockBytes: number = LOCAL_BLOCK_BYTES;
  readonly #file: LocalFile;
  #trustedUntilMs = -Infinity;
  #change: TextError | undefined;

  private constructor(file: LocalFile) {
    this.#file = file;
  }

  /**
   * Opens a file. One that was just written to is waited for, {@linkcode TIMESTAMP_STEP_MS} at most: so its
   * modification time tells whether it is written to again.
   *
   * @throws {TextError} (as a rejection) if it is missing, unreadable or not a regular file
   */
  static async open(path: string, options: LocalTextOptions = {}): Promise<LocalText> {
    const { modifiedMs } = statRegularFile(path);
    const ageMs = Date.now() - modifiedMs;
    // The time may also be set by somebody, or by another machine's clock.
    if (ageMs >= 0 && ageMs < TIMESTAMP_STEP_MS) await delay(TIMESTAMP_STEP_MS - ageMs);
    return await attemptAsync(
      path,
      async () => new LocalText(await LocalFile.open(path, fileOptions(path, options))),
    );
  }

  /**
   * Opens a file without waiting until its modification time has settled. If a FIFO is put at the path at this
   * moment, the thread is blocked.
   *
   * @throws {TextError} if it is missing, unreadable or not a regular file
   */
  static openSync(path: string, options: LocalTextOptions = {}): LocalText {
    return attempt(path, () => new LocalText(LocalFile.openSync(path, fileOptions(path, options))));
  }

  get name(): string {
    return this.#file.name;
  }

  get size(): number {
    return this.#file.size;
  }

  /** The file's state when it was opened. */
  get identity(): FileIdentity {
    return this.#file.identity;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    return this.#file.tryRead(into, offset);
  }

  read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    return this.#file.read(into, offset, signal);
  }

  fingerprint(signal?: AbortSignal): Promise<Uint8Array> {
    return hashSamples(this, signal);
  }

  check(): void {
    if (this.#change !== undefined) throw this.#change;
    const nowMs = performance.now();
    if (nowMs < this.#trustedUntilMs) return;
    const now = statRegularFile(this.name);
    if (!sameState(now, this.identity)) {
      throw this.#change = fileChanged(this.name, describeChange(this.identity, now));
    }
    this.#trustedUntilMs = nowMs + TRUST_MS;
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]();
  }
}

function fileOptions(path: string, options: LocalTextOptions): LocalFileOptions {
  return {
    ...options,
    toError: (cause) =>
      cause instanceof FileEndsEarly
        ? fileChanged(path, cause.message)
        : cannotRead(path, describeSystemError(cause), cause),
  };
}

function describeChange(before: FileIdentity, now: FileIdentity): string {
  if (!sameFile(now, before)) return "another file is at its path";
  if (now.size === before.size) return "it was written to";
  return `it has ${formatCount(now.size)} bytes, not ${formatCount(before.size)}`;
}

function fileChanged(path: string, how: string): TextError {
  return new TextError(`File changed: ${path} (${how}). Start linesvr again.`);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
