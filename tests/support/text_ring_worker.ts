/**
 * A thread that does with a ring what it is told, and posts the result.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { type ClaimRefusal, RING_SLOTS, ScanRing } from "../../src/index/scan/scan_ring.ts";
import { SEGMENT_BYTES } from "../../src/index/scan/segment_scanner.ts";

/** What the thread is told. */
export interface RingTask {
  /** The ring's memory. */
  readonly ring: SharedArrayBuffer;
  /** The size of the text that the ring is for. */
  readonly textBytes: number;
  /** What it is to do. */
  readonly action: keyof typeof ACTIONS;
}

/** What the thread posts: first `"started"`, then this. */
export interface RingResult {
  /** What it claimed. */
  readonly claims: readonly (number | ClaimRefusal)[];
}

const ACTIONS = {
  /** Claims segments to the end, and publishes each with its own number. */
  scan: (ring: ScanRing): RingResult => {
    const claims: number[] = [];
    for (let claim = ring.claim(); claim !== "end"; claim = ring.claim()) {
      if (claim === "full") {
        ring.waitForRoom(Infinity);
      } else {
        claims.push(claim);
        ring.publish(claim, Uint32Array.of(claim));
      }
    }
    return { claims };
  },
  /** Waits once for room in a full ring, and claims. */
  awaitRoom: (ring: ScanRing): RingResult => {
    ring.waitForRoom(Infinity);
    return { claims: [ring.claim()] };
  },
  /** Claims a whole ring, and publishes segment 0 after all the others. */
  publishFirstLast: (ring: ScanRing): RingResult => {
    const claims = Array.from({ length: RING_SLOTS }, () => ring.claim());
    const full = new Uint32Array(SEGMENT_BYTES);
    for (let segment = 1; segment < RING_SLOTS; segment++) ring.publish(segment, full);
    ring.publish(0, Uint32Array.of(6));
    return { claims };
  },
};

self.onmessage = ({ data }: MessageEvent<RingTask>) => {
  self.postMessage("started");
  self.postMessage(ACTIONS[data.action](new ScanRing(data.textBytes, data.ring)));
};
