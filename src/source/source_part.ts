import type { ByteSource } from "./text_source.ts";

/** A part of a source, such as what a file had before it grew. It does not own the source. */
export class SourcePart implements ByteSource {
  readonly size: number;
  readonly #source: ByteSource;
  readonly #offset: number;

  /** @param to offset after its last byte in the source */
  constructor(source: ByteSource, from: number, to: number) {
    this.size = to - from;
    this.#source = source;
    this.#offset = from;
  }

  get name(): string {
    return this.#source.name;
  }

  get isRemote(): boolean {
    return this.#source.isRemote === true;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    return this.#source.tryRead(into, this.#offset + offset);
  }

  read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    return this.#source.read(into, this.#offset + offset, signal);
  }

  /** Does nothing: the source belongs to the caller. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
