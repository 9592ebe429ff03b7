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
    this.#lastByteMs = performance.now();
    this.#setTimer(this.#policy.stallTimeoutMs);
  }

  noteBytes(): void {
    this.#lastByteMs = performance.now();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#onAbort);
  }

  #setTimer(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const nowMs = performance.now();
    const restMs = Math.min(this.#lastByteMs + this.#policy.stallTimeoutMs, this.#endMs) - nowMs;
    if (nowMs >= this.#endMs) this.#expire("the server sends too slowly");
    else if (restMs <= 0) this.#expire("the server has stopped sending");
    else this.#setTimer(restMs);
  }

  #expire(reason: string): void {
    this.#abort.abort(new RemoteFailure(reason, { isTransient: true }));
  }
}
