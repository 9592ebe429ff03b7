/**
 * A worker as it is, which can be killed: the word `die` ends its thread with an error that nobody catches.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import "../../src/server/workers/worker.ts";

const serve = self.onmessage!;
self.onmessage = (event) => {
  if (event.data === "die") throw new Error("as the test wants it");
  serve.call(self as unknown as DedicatedWorkerGlobalScope, event);
};
