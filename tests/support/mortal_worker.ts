/**
 * The worker module, with a way to kill it: the message `die` ends its thread with an error that is not caught.
 *
 * @module
 */
import "../../src/server/workers/worker.ts";

self.addEventListener("message", (event) => {
  if ((event as MessageEvent).data === "die") throw new Error("killed by the test");
});
