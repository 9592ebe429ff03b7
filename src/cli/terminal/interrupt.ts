/** The user, or the operating system, stopped the program before it was done. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  /** @param outcome what became of the work: one sentence */
  constructor(outcome: string) {
    super(`Interrupted. ${outcome}`);
  }
}

// Windows has no SIGTERM, and its SIGHUP is different.
const isWindows = Deno.build.os === "windows";
const SIGNALS: readonly Deno.Signal[] = isWindows ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Calls a function at every SIGINT and SIGTERM, instead of ending the process; also at every SIGHUP if standard
 * error is a terminal.
 *
 * @returns to be disposed of; then signals end the process again
 */
export function onInterrupt(action: () => void): Disposable {
  return listen(hasTerminal() ? [...SIGNALS, "SIGHUP"] : SIGNALS, action);
}

/**
 * Waits for work, unless an interrupt comes before. The work is not stopped: the process ends soon.
 *
 * @param outcome what became of the work if it is interrupted: one sentence
 * @throws {InterruptedError} (as a rejection) if it was interrupted
 */
export async function interruptible<T>(outcome: string, work: () => Promise<T>): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  using _listening = onInterrupt(() => interrupted.reject(new InterruptedError(outcome)));
  return await Promise.race([work(), interrupted.promise]);
}

/**
 * Ignores SIGHUP unless standard error is a terminal: then the program was meant to outlive its terminal, for
 * instance by `nohup`. Deno's own handler of SIGHUP ends the process in any case.
 *
 * @returns to be disposed of
 */
export function ignoreHangup(): Disposable {
  return listen(isWindows || hasTerminal() ? [] : ["SIGHUP"], () => {});
}

function hasTerminal(): boolean {
  return !isWindows && Deno.stderr.isTerminal();
}

function listen(signals: readonly Deno.Signal[], action: () => void): Disposable {
  for (const signal of signals) Deno.addSignalListener(signal, action);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, action);
    },
  };
}

/**
 * A further interrupt within this time counts as the first one: a terminal sends it to the program, and the
 * parent process may send it again.
 */
export const ONE_INTERRUPT_MS = 500;

/**
 * As `onInterrupt`, with another function for further interrupts.
 *
 * @param action called once
 * @param insist called at interrupts that come {@linkcode ONE_INTERRUPT_MS} or more after the first one
 */
export function onRepeatedInterrupt(action: () => void, insist: () => void): Disposable {
  let firstMs: number | undefined;
  return onInterrupt(() => {
    const nowMs = performance.now();
    if (firstMs === undefined) {
      firstMs = nowMs;
      action();
    } else if (nowMs - firstMs >= ONE_INTERRUPT_MS) insist();
  });
}
