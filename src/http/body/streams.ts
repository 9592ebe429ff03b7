import { HttpProblem } from "../problem.ts";

/**
 * The most bodies that a worker streams at a time. Each takes about 1.3 MiB while its client reads slowly, so this
 * bounds the memory of clients that read nothing.
 */
export const STREAMS_MAX = 128;

/** Shares a thread fairly between clients, those of other protocols too. */
export interface HttpTurns {
  /** Notes that a client was served in this turn of the event loop. */
  noteServed(client: unknown): void;
  /** Resolves in a later turn; undefined if no other client was served in this one. */
  next(): Promise<void> | undefined;
}

/** The bodies that are being streamed. */
export class Streams {
  readonly #onBytes: (bytes: number) => void;
  readonly #turns: HttpTurns;
  #open = 0;

  /** @param onBytes called with the number of bytes of each part that a client has taken */
  constructor(onBytes: (bytes: number) => void, turns: HttpTurns) {
    this.#onBytes = onBytes;
    this.#turns = turns;
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

  /** Notes that the client of a stream has taken bytes. */
  count(bytes: number): void {
    this.#onBytes(bytes);
  }

  /**
   * Lets others be served after a part of a stream. As long as clients take all that they get, the event loop would serve
   * only them.
   *
   * @param stream the same object for each part of the stream
   * @returns resolves when the stream may go on; undefined if that is now
   */
  nextTurn(stream: unknown): Promise<void> | undefined {
    this.#turns.noteServed(stream);
    return this.#turns.next();
  }
}
