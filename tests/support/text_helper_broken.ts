/**
 * A scan worker that claims a segment and fails before it has scanned it.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { ScanRing } from "../../src/index/scan/scan_ring.ts";
import type { ScanMessage, ScanTask } from "../../src/index/scan/scan_worker.ts";

self.onmessage = ({ data }: MessageEvent<ScanTask>) => {
  new ScanRing(data.identity.size, data.ring).claim();
  self.postMessage("started" satisfies ScanMessage);
  throw new Error("as the test wants it");
};
