import { type CompleteOptions, RETRY_DELAY_MAX_MS } from "./options.ts";

/**
 * Waits before a connection is tried again. Resolves early if the signal is aborted.
 *
 * @param failures how many connections in a row have failed, 1 or more
 */
export async function delayRetry(
  { retryDelayMs }: CompleteOptions,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const delayMs = Math.min(retryDelayMs * 2 ** (failures - 1), RETRY_DELAY_MAX_MS);
  let end!: () => void;
  const ended = new Promise<void>((resolve) => end = resolve);
  const timer = setTimeout(end, delayMs);
  signal.addEventListener("abort", end);
  await ended;
  clearTimeout(timer);
  signal.removeEventListener("abort", end);
}
