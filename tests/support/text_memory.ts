import { hashSamples } from "../../src/source/fingerprint.ts";
import type { FileIdentity } from "../../src/source/local/file_identity.ts";
import { TextError, type TextSource } from "../../src/source/text_source.ts";

/** How a {@linkcode MemoryText} behaves. */
export interface MemoryTextOptions {
  /**
   * Whether reading these bytes would block: then only awaited reads get them.
   *
   * @default {never}
   */
  readonly blocks?: (offset: number, end: number) => boolean;
  /** Called in every awaited read, before it fills its bytes. */
  readonly onRead?: (offset: number, end: number, signal?: AbortSignal) => Promise<void>;
  readonly blockBytes?: number;
}

/** A text in memory, for tests of what is above the source room. */
export class MemoryText implements TextSource {
  readonly name: string = "memory";
  readonly size: number;
  readonly blockBytes: number;
  readonly identity: FileIdentity;
  readonly versionStamp = undefined;
  /** What {@linkcode check} throws. */
  change: TextError | undefined;
  isDisposed = false;
  readonly #content: Uint8Array;
  readonly #options: MemoryTextOptions;

  constructor(content: Uint8Array, options: MemoryTextOptions = {}) {
    this.#content = content;
    this.#options = options;
    this.size = content.length;
    this.identity = { size: this.size, modifiedMs: NaN, inode: "memory" };
    this.blockBytes = options.blockBytes ?? 16;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    this.#assertReadable(into, offset);
    if (this.#options.blocks?.(offset, offset + into.length) === true) return false;
    into.set(this.#content.subarray(offset, offset + into.length));
    return true;
  }

  async read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#assertReadable(into, offset);
    await this.#options.onRead?.(offset, offset + into.length, signal);
    into.set(this.#content.subarray(offset, offset + into.length));
  }

  fingerprint(signal?: AbortSignal): Promise<Uint8Array> {
    return hashSamples(this, signal);
  }

  check(): void {
    if (this.change !== undefined) throw this.change;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }

  #assertReadable(into: Uint8Array, offset: number): void {
    if (this.isDisposed) throw new TextError("Cannot read file: memory (it is closed).");
    if (offset >= 0 && offset + into.length <= this.size) return;
    throw new RangeError(`Cannot read bytes ${offset} to ${offset + into.length} of ${this.size}`);
  }
}
