/** How long a thread works or waits before it lets timers, signals and messages be handled. */
export const YIELD_AFTER_MS = 20;

/** Resolves in a later turn of the event loop. The first timer of a process would take 10 ms. */
export function nextTask(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    port2.close();
    resolve();
  };
  port2.postMessage(undefined);
  return promise;
}
