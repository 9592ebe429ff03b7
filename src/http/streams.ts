import { HttpProblem } from "./problem.ts";

/**
 * The most bodies that a worker streams at a time. Each takes about 1.3 MiB while its client reads slowly, so this
 * bounds the memory of clients that read nothing.
 */
export const STREAMS_MAX = 128;

/** The bodies that are being streamed. */
export class Streams {
  readonly #onBytes: (bytes: number) => void;
  #open = 0;

  /** @param onBytes called with the number of bytes of each part that a client has taken */
  constructor(onBytes: (bytes: number) => void) {
    this.#onBytes = onBytes;
  }

  /**
   * Begins a stream.
   *
   * @throws {HttpProblem} 503 if there are too many
   */
  begin(): void {
    if (this.#open === STREAMS_MAX) {
      throw new HttpProblem(503, "The server sends too many large answers. Try again later.", {
        "Retry-After": "5",
      });
    }
    this.#open++;
  }

  /** Ends a stream: its client has taken everything, or has left. */
  end(): void {
    this.#open--;
  }

  count(bytes: number): void {
    this.#onBytes(bytes);
  }
}
