/** The user, or the system, asked the program to stop before it was done. */
export class InterruptedError extends Error {
  /** The name of this kind of error. */
  override readonly name = "InterruptedError";

  constructor() {
    super("Interrupted: no new index was written");
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
