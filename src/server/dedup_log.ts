// How many messages are remembered.
const REMEMBERED_MAX = 100;

/** A message is not logged again within this time. */
export const REPEAT_AFTER_MS = 60_000;

/**
 * Drops messages that were logged less than {@linkcode REPEAT_AFTER_MS} ago, whatever numbers are in them, such as
 * that of a page or a line: otherwise a client could fill the disk of the log with errors, and workers notice the
 * same events.
 */
export function dedupLog(
  write: (message: string) => void,
  nowMs: () => number = () => performance.now(),
): (message: string) => void {
  // A map keeps the order of insertion, so the oldest message is the first.
  const loggedMs = new Map<string, number>();
  return (message) => {
    const kind = message.replace(/\d+/g, "0");
    if (nowMs() - (loggedMs.get(kind) ?? -Infinity) < REPEAT_AFTER_MS) return;
    loggedMs.delete(kind);
    loggedMs.set(kind, nowMs());
    if (loggedMs.size > REMEMBERED_MAX) loggedMs.delete(loggedMs.keys().next().value!);
    write(message);
  };
}
