/** The user, or the system, asked the program to stop before it was done. */
export class InterruptedError extends Error {
  /** The name of this kind of error. */
  override readonly name = "InterruptedError";

  /** Makes one that says what came of the index. */
  constructor(outcome: "no new index was written" | "the index is written") {
    super(`Interrupted: ${outcome}`);
  }
}

// Windows knows no SIGTERM.
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/**
 * Calls a function at every interrupt and termination, instead of ending the process.
 *
 * @returns ends this; signals end the process again
 */
export function onInterrupt(action: () => void): Disposable {
  for (const signal of SIGNALS) Deno.addSignalListener(signal, action);
  return {
    [Symbol.dispose]() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, action);
    },
  };
}

/**
 * For how long a further interrupt counts as the first one: a terminal sends it to the program, and who
 * started the program may send it on.
 */
export const ONE_INTERRUPT_MS = 500;

/**
 * As `onInterrupt`, with another function for whoever insists.
 *
 * @param action called once
 * @param insist called at interrupts that come {@linkcode ONE_INTERRUPT_MS} or more after the first
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
