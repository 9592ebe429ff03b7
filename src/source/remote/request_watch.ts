import { RemoteFailure } from "./remote_failure.ts";
import { type RequestPolicy, transferMs } from "./request_policy.ts";

/**
 * Ends one attempt of a request when it takes too long, or when its caller aborts it. One timer is enough: when it
 * fires, it looks whether bytes have come since it was set.
 */
export class RequestWatch implements Disposable {
  readonly #policy: RequestPolicy;
  readonly #abort = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onAbort = () => this.#abort.abort(this.#outer!.reason);
  readonly #endMs: number;
  #lastByteMs = 0;
  #timer: ReturnType<typeof setTimeout>;

  /**
   * @param sentBytes the size of the body of the request
   * @param receivedBytes the expected size of the body of the answer
   */
  constructor(
    policy: RequestPolicy,
    sentBytes: number,
    receivedBytes: number,
    outer: AbortSignal | undefined,
  ) {
    const sendMs = transferMs(sentBytes);
    this.#policy = policy;
    this.#outer = outer;
    this.#endMs = performance.now() + policy.attemptTimeoutMs + sendMs + transferMs(receivedBytes);
    this.#timer = setTimeout(
      () => this.#expire("no answer from the server"),
      policy.headersTimeoutMs + sendMs,
    );
    if (outer?.aborted) this.#onAbort();
    else outer?.addEventListener("abort", this.#onAbort);
  }

  /** For `fetch`: its reason is a {@linkcode RemoteFailure}, or the reason of the caller. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The head of the answer has come: from now on, bytes of the body are expected. */
  noteHeaders(): void {
    clearTimeout(this.#timer);
    this.noteBytes();
    this.#look();
  }

  noteBytes(): void {
    this.#lastByteMs = performance.now();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#onAbort);
  }

  #look(): void {
    const nowMs = performance.now();
    const stallMs = this.#lastByteMs + this.#policy.stallTimeoutMs - nowMs;
    const restMs = this.#endMs - nowMs;
    if (restMs <= 0) this.#expire("the server sends too slowly");
    else if (stallMs <= 0) this.#expire("the server has stopped sending");
    else this.#timer = setTimeout(() => this.#look(), Math.min(stallMs, restMs));
  }

  #expire(reason: string): void {
    this.#abort.abort(new RemoteFailure(reason, { isTransient: true }));
  }
}
