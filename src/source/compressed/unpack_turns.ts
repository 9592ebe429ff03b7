/** How much is unpacked at a time in a thread, in bytes of the file and of the text. */
export const UNPACKING_MAX_BYTES: number = 16 * 1024 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

/**
 * Limits how much memory takes what is unpacked at a time, however many clients ask: those who wait have read nothing.
 *
 * - Capacity: bytes. One action runs in any case.
 * - Order: actions begin in the order in which they were given.
 */
export class UnpackTurns {
  readonly #maxBytes: number;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Runs an action that takes so many bytes of memory until it ends. */
  async run<T>(bytes: number, action: () => Promise<T>): Promise<T> {
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) this.#bytes += bytes;
    else await new Promise<void>((begin) => this.#waiting.push({ bytes, begin }));
    try {
      return await action();
    } finally {
      this.#bytes -= bytes;
      this.#beginNext();
    }
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#hasRoom(next.bytes)) return;
      this.#waiting.shift();
      // Taken here, so that nobody else takes it before the action begins.
      this.#bytes += next.bytes;
      next.begin();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes;
  }
}

/** Those of all texts of this thread. */
export const THREAD_TURNS: UnpackTurns = new UnpackTurns(UNPACKING_MAX_BYTES);
