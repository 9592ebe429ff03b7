/**
 * A helper that claims a segment, and fails before it has searched it.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { ScanRing } from "../../src/index/scan/scan_ring.ts";
import type { ScanTask } from "../../src/index/scan/scan_worker.ts";

self.onmessage = ({ data }: MessageEvent<ScanTask>) => {
  ScanRing.join(data.ring, data.textBytes).claim();
  self.postMessage("begun");
  throw new Error("as the test wants it");
};
