import { hashSamples } from "../fingerprint.ts";
import { describeSystemError } from "../messages.ts";
import { TextError, type TextSource } from "../text_source.ts";
import { type FileIdentity, isSameOrGrown, sameFile } from "./file_identity.ts";
import { describeSize, FileEndsEarly, LocalFile, type LocalFileOptions } from "./local_file.ts";
import { attempt, attemptAsync, cannotRead, statRegularFile } from "./regular_file.ts";

/** The unit in which local files are cached: small enough that a miss reads little that is not needed. */
export const LOCAL_BLOCK_BYTES = 16 * 1024;

/** How long a text is trusted to be unchanged after it was checked. */
export const TRUST_MS = 10;

/**
 * File systems count modification times in steps of up to 10 ms. If a text was written to more recently than
 * this, another write could leave its time as it is.
 */
export const TIMESTAMP_STEP_MS = 20;

/** The same for a time without a fraction of a second: some file systems count in steps of one or two seconds. */
export const WHOLE_SECONDS_STEP_MS = 2_000;

// How often to wait for the time of a file that is written to again and again.
const SETTLE_ATTEMPTS_MAX = 100;

/** How a text is opened. */
export interface LocalTextOptions extends Pick<LocalFileOptions, "mayBlock" | "disk"> {
  /**
   * How many bytes from the beginning of the file are the text. If the file is shorter, all of it is.
   *
   * @default {all}
   */
  readonly textBytes?: number;
  /**
   * An earlier state of the file. If the file has changed since then, and not only grown, it is not opened.
   *
   * @default {any}
   */
  readonly since?: FileIdentity | undefined;
}

/**
 * A regular file on a local disk.
 *
 * It counts as changed once its size or modification time is another, or its path leads to another file.
 * That is final, whatever its path leads to later. Two states are no change: a file that has grown still
 * begins with the text, and a file that is only missing, as during a rename, may come back.
 */
export class LocalText implements TextSource, Disposable {
  readonly blockBytes: number = LOCAL_BLOCK_BYTES;
  readonly size: number;
  readonly versionStamp: number | undefined;
  readonly #file: LocalFile;
  // The last state that was seen: the file may have grown.
  #seen: FileIdentity;
  #trustedUntilMs = -Infinity;
  #change: TextError | undefined;

  private constructor(file: LocalFile, textBytes: number) {
    const { identity } = file;
    this.#file = file;
    this.#seen = identity;
    this.size = Math.min(identity.size, textBytes);
    const { modifiedMs } = identity;
    const isCertain = !Number.isNaN(modifiedMs) && settlesInMs(modifiedMs) === 0;
    this.versionStamp = isCertain ? modifiedMs : undefined;
  }

  /**
   * Opens a file. If it was just written to, waits until its modification time tells whether it is written to
   * again: {@linkcode TIMESTAMP_STEP_MS}, or {@linkcode WHOLE_SECONDS_STEP_MS}. A file that grows meanwhile is
   * not waited for any longer, because its time may never settle.
   *
   * @throws {TextError} (as a rejection) if it is missing, unreadable or not a regular file, has changed `since`
   * an earlier state, or is written to all the time without growing
   */
  static async open(path: string, options: LocalTextOptions = {}): Promise<LocalText> {
    let before: FileIdentity | undefined;
    for (let tries = 0; tries < SETTLE_ATTEMPTS_MAX; tries++) {
      const text = LocalText.#of(
        path,
        await attemptAsync(path, () => LocalFile.open(path, fileOptions(path, options))),
        options,
      );
      const { identity } = text;
      const waitMs = settlesInMs(identity.modifiedMs);
      if (waitMs === 0 || (before !== undefined && needsNoMoreWaiting(before, identity))) {
        return text;
      }
      before = identity;
      text.close();
      await delay(waitMs);
    }
    throw new TextError(
      `Cannot read file: ${path} (it is written to all the time). Stop writing to it, and try again.`,
    );
  }

  /**
   * Opens a file without waiting until its modification time has settled. If a FIFO is put at the path at this
   * moment, the thread is blocked.
   *
   * @throws {TextError} if it is missing, unreadable or not a regular file, or has changed `since` an earlier
   * state
   */
  static openSync(path: string, options: LocalTextOptions = {}): LocalText {
    const file = attempt(path, () => LocalFile.openSync(path, fileOptions(path, options)));
    return LocalText.#of(path, file, options);
  }

  static #of(path: string, file: LocalFile, { since, textBytes }: LocalTextOptions): LocalText {
    if (since === undefined || isSameOrGrown(since, file.identity)) {
      return new LocalText(file, textBytes ?? Infinity);
    }
    file.close();
    throw fileChanged(path, describeChange(since, file.identity));
  }

  get name(): string {
    return this.#file.name;
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

  check(nowMs: number = performance.now()): void {
    if (this.#change !== undefined) throw this.#change;
    if (nowMs < this.#trustedUntilMs) return;
    const now = statRegularFile(this.name);
    if (!isSameOrGrown(this.#seen, now)) {
      throw this.#change = fileChanged(this.name, describeChange(this.#seen, now));
    }
    this.#seen = now;
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
  return describeSize(now.size, before.size);
}

function fileChanged(path: string, how: string): TextError {
  return new TextError(`File changed: ${path} (${how}). Start linesvr again.`);
}

// Whether it was enough to wait once: the file grows, or its time is in the future, and will stay there.
function needsNoMoreWaiting(before: FileIdentity, now: FileIdentity): boolean {
  return isSameOrGrown(before, now) && (now.size > before.size || now.modifiedMs > Date.now());
}

// How long to wait until a later write gives the file another time: 0 if any write does already, or the time
// is unknown. A time in the future may be of another machine's clock, whose writes are as far in the future.
function settlesInMs(modifiedMs: number): number {
  const ageMs = Date.now() - modifiedMs;
  if (ageMs < 0) return TIMESTAMP_STEP_MS;
  const stepMs = modifiedMs % 1_000 === 0 ? WHOLE_SECONDS_STEP_MS : TIMESTAMP_STEP_MS;
  return ageMs < stepMs ? stepMs - ageMs : 0;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
