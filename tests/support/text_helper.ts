/**
 * A helper as it is, but for its end: it says whether it came to it, and leaves its thread there.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import "../../src/index/scan/scan_worker.ts";

const help = self.onmessage!;
self.close = () => self.postMessage("ended");
self.onmessage = (event) => {
  try {
    help.call(self as unknown as DedicatedWorkerGlobalScope, event);
  } catch (error) {
    self.postMessage(`failed: ${error}`);
  }
};
