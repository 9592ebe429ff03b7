// What a process says is a few lines; of one that says more, the last are kept.
const KEPT_MAX = 200;

/** The lines that a process writes, as they come. */
export class OutputLines {
  readonly #kept: string[] = [];
  #changed = Promise.withResolvers<void>();
  #hasEnded = false;

  /** Resolves when nothing more will come. */
  readonly ended: Promise<void>;

  /**
   * Begins to read.
   *
   * @param stream is read to its end, so that the process never waits for a reader
   */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#collect(stream);
  }

  /** The last lines, 200 at most. */
  get last(): readonly string[] {
    return this.#kept;
  }

  /**
   * Waits for a line.
   *
   * @returns the match in the first line that has one; `null` where none had until the end
   */
  async find(pattern: RegExp): Promise<RegExpExecArray | null> {
    for (;;) {
      for (const line of this.#kept) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (this.#hasEnded) return null;
      await this.#changed.promise;
    }
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#add(lines);
    }
    this.#hasEnded = true;
    this.#add(rest === "" ? [] : [rest]);
  }

  #add(lines: readonly string[]): void {
    this.#kept.push(...lines);
    this.#kept.splice(0, this.#kept.length - KEPT_MAX);
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}
