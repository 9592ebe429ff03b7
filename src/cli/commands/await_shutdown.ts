import type { RunningServer } from "../../server/open_server.ts";
import { SYSTEM_TIMERS, type Timers } from "../../server/timers.ts";
import { formatCount } from "../../source/messages.ts";
import { formatDuration } from "../units.ts";

/** A shutdown that takes longer than this tells the user what it waits for. */
export const NOTICE_AFTER_MS = 500;

/** How a shutdown is waited for. */
export interface AwaitShutdownOptions {
  /** How long clients may take to read their replies; then their connections are closed. */
  readonly drainTimeoutMs: number;
  /** Receives what the shutdown waits for: one line. */
  readonly notify: (message: string) => void;
  /** Receives one line if connections had to be closed. */
  readonly log: (message: string) => void;
  /** @default {SYSTEM_TIMERS} */
  readonly timers?: Timers;
}

/**
 * Waits until a server that has begun to shut down has finished, or the drain timeout has passed: then not even a
 * read that hangs is waited for.
 */
export async function awaitShutdown(
  server: Pick<RunningServer, "connectionCount" | "finished" | "close">,
  { drainTimeoutMs, notify, log, timers = SYSTEM_TIMERS }: AwaitShutdownOptions,
): Promise<void> {
  const limit = formatLimit(drainTimeoutMs);
  const cancelNotice = timers.after(NOTICE_AFTER_MS, () => {
    const clients = formatClients(server.connectionCount);
    notify(
      `waiting for ${clients} to read the last replies, at most ${limit}; press Ctrl-C again to stop now`,
    );
  });
  const timeout = Promise.withResolvers<void>();
  const cancelTimeout = timers.after(drainTimeoutMs, () => {
    log(
      `Disconnected ${
        formatClients(server.connectionCount)
      } after the drain timeout of ${limit}. ` +
        "Replies may be missing.",
    );
    server.close();
    timeout.resolve();
  });
  try {
    await Promise.race([server.finished, timeout.promise]);
  } finally {
    cancelNotice();
    cancelTimeout();
  }
}

// Clients of HTTP are not counted: if there are no others, the server waits for them.
function formatClients(count: number): string {
  if (count === 0) return "HTTP clients";
  return `${formatCount(count)} ${count === 1 ? "client" : "clients"}`;
}

// The user wrote it: `30 s`, not `30.0 s`.
function formatLimit(ms: number): string {
  return ms % 1_000 === 0 && ms < 60_000 ? `${ms / 1_000} s` : formatDuration(ms);
}
