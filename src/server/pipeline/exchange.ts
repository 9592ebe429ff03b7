import type { Splitter } from "../../protocol/splitter.ts";
import type { ReplyChunk, Router } from "./router.ts";

/**
 * What one client sends, and what goes back to it: one for each connection, used again for every chunk,
 * because to make one costs as much as to split a command.
 */
export class Exchange {
  /** What was read from the client; `null` at the end of the stream. */
  bytes: Uint8Array | null = null;
  /** The replies to `bytes`, once they were answered. */
  replies: ReplyChunk = new Uint8Array();
  readonly #splitter: Splitter;
  readonly #router: Router;
  #settle: (() => void) | undefined;

  /**
   * Makes the exchange of one connection.
   *
   * @param splitter splits its bytes into commands
   * @param router answers them
   */
  constructor(splitter: Splitter, router: Router) {
    this.#splitter = splitter;
    this.#router = router;
  }

  /** Answers `bytes`. Never throws: what fails here fails again where the replies are taken. */
  answer(): void {
    try {
      const { bytes } = this;
      this.replies = this.#router.answer(
        bytes === null ? this.#splitter.end() : this.#splitter.split(bytes),
      );
    } catch (error) {
      this.fail(error);
    }
  }

  /** Lets the taking of the replies fail. */
  fail(error: unknown): void {
    this.replies = failing(error);
  }

  /** Resolves with the next call of `settle`. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#settle = resolve);
  }

  /** Says that `replies` are those to `bytes`. */
  settle(): void {
    this.#settle?.();
  }
}

// deno-lint-ignore require-yield
async function* failing(error: unknown): AsyncGenerator<Uint8Array, never> {
  throw error;
}
