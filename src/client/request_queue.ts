import { ConnectionFailure } from "./connection_failure.ts";
import { ClientClosedError, type LineRequest } from "./line_request.ts";

/**
 * The requests that are not on their way, in the order in which they were made.
 *
 * - Each belongs to a caller who waits for it; that alone bounds the queue.
 * - One in the middle can be taken out at no cost.
 */
export class RequestQueue {
  #requests: Set<LineRequest>;
  // Goes on through the set: an iterator made anew would pass over all that were taken before.
  #oldest: SetIterator<LineRequest>;

  /** Makes an empty queue. */
  constructor() {
    this.#requests = new Set();
    this.#oldest = this.#requests.values();
  }

  /** How many requests wait. */
  get size(): number {
    return this.#requests.size;
  }

  /** Puts a request behind all others. */
  add(request: LineRequest): void {
    this.#requests.add(request);
  }

  /** Takes the oldest request out; there must be one. */
  take(): LineRequest {
    const request = this.#oldest.next().value!;
    this.#requests.delete(request);
    return request;
  }

  /** Takes a request out, wherever it is. */
  remove(request: LineRequest): void {
    this.#requests.delete(request);
  }

  /** Puts requests that were taken before all others, in their order. */
  putBack(requests: readonly LineRequest[]): void {
    this.#replace([...requests, ...this.#requests]);
  }

  /** Empties the queue; every request is told why it will not be answered. */
  failAll(reason: ConnectionFailure | ClientClosedError): void {
    const failed = this.#requests;
    this.#replace([]);
    for (const request of failed) request.settle(explain(request, reason));
  }

  #replace(requests: readonly LineRequest[]): void {
    this.#requests = new Set(requests);
    this.#oldest = this.#requests.values();
  }
}

function explain(
  { lineNumber }: LineRequest,
  reason: ConnectionFailure | ClientClosedError,
): ConnectionFailure | ClientClosedError {
  if (reason instanceof ClientClosedError) return reason;
  const { kind, message } = reason;
  const what = `Cannot get line ${lineNumber}: ${kind}: ${message}`;
  return new ConnectionFailure(kind, what, { cause: reason });
}
