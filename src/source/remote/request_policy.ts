/** How long requests may take, and how often they are repeated. */
export interface RequestPolicy {
  /** From the beginning of a request to the head of its answer, on top of the time for sending a body. */
  readonly headersTimeoutMs: number;
  /** The longest time without a byte of the body. */
  readonly stallTimeoutMs: number;
  /** From the beginning of a request to the end of its answer, on top of the time for the bytes of both bodies. */
  readonly attemptTimeoutMs: number;
  /** How often a request is sent before it fails. */
  readonly attemptsMax: number;
  /** The longest wait before the second attempt; twice as long each time. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** The longest wait that a server can ask for. */
  readonly retryAfterMaxMs: number;
  /** Waits before an attempt. Rejects with the reason of the signal if that is aborted. */
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** The policy of the program. */
export const REQUEST_POLICY: RequestPolicy = {
  headersTimeoutMs: 10_000,
  stallTimeoutMs: 10_000,
  attemptTimeoutMs: 60_000,
  attemptsMax: 5,
  backoffMs: 100,
  backoffMaxMs: 5_000,
  retryAfterMaxMs: 30_000,
  wait: delay,
};

/** A connection that is slower than this counts as broken: 256 KiB/s. */
const SLOWEST_BYTES_PER_MS = 256 * 1024 / 1000;

/** How long a body of this size may take, on top of a timeout. */
export function transferMs(bytes: number): number {
  return bytes / SLOWEST_BYTES_PER_MS;
}

/**
 * How long to wait before the next attempt: what the server asked for, or a random time up to a limit that doubles
 * with each attempt, so that clients that failed together do not come back together.
 *
 * @param attempt the number of the one that failed, from 1
 */
export function backoffMs(
  policy: RequestPolicy,
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, policy.retryAfterMaxMs);
  return random() * Math.min(policy.backoffMs * 2 ** (attempt - 1), policy.backoffMaxMs);
}

/** Parses a `Retry-After` header, which has seconds or a date; undefined if it is neither. */
export function parseRetryAfter(value: string | null, nowMs = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const ms = /[a-z]/i.test(value) ? Date.parse(value) - nowMs : NaN;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) return Promise.reject(signal.reason);
  const onAbort = () => reject(signal!.reason);
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}
