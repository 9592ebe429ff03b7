import type { LineRequest, Outcome } from "./line_request.ts";

/** A line that somebody waits for with a promise. */
export class PendingLine implements LineRequest {
  readonly #settled = Promise.withResolvers<Uint8Array<ArrayBuffer> | undefined>();
  #isAbandoned = false;

  /**
   * Makes one that nobody has asked for yet.
   *
   * @param lineNumber 1 to 2^53 - 1.
   */
  constructor(readonly lineNumber: number) {}

  /** The line; `undefined` where there is no such line. */
  get line(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#settled.promise;
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  settle(outcome: Outcome): void {
    if (outcome instanceof Error) this.#settled.reject(outcome);
    else this.#settled.resolve(outcome);
  }

  /** Lets `line` reject at once; a reply that still comes is dropped. */
  abandon(reason: unknown): void {
    this.#isAbandoned = true;
    this.#settled.reject(reason);
  }
}
