/**
 * A thread that helps to scan a local file. It opens the file itself and claims segments until there are no
 * more.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { type FileIdentity, sameFile } from "../../source/local/file_identity.ts";
import { LocalText } from "../../source/local/local_text.ts";
import { TextError } from "../../source/text_source.ts";
import { ScanRing } from "./scan_ring.ts";
import { tryScanSegment } from "./segment_scanner.ts";

export interface ScanTask {
  readonly path: string;
  /** Which file it was when the scan began. What is scanned has its `size`; the file may have grown since. */
  readonly identity: FileIdentity;
  /** The memory of the {@linkcode ScanRing}. */
  readonly ring: SharedArrayBuffer;
}

/** What a scan worker posts: it has read its task, there is nothing left to scan. */
export type ScanMessage = "started" | "ended";

// How long a worker that is far ahead waits before it checks whether the scan was stopped.
const WAIT_MS = 1_000;

self.onmessage = ({ data }: MessageEvent<ScanTask>) => {
  self.postMessage("started" satisfies ScanMessage);
  help(data);
  self.postMessage("ended" satisfies ScanMessage);
  self.close();
};

function help(task: ScanTask): void {
  using text = openSame(task);
  if (text === undefined) return;
  const ring = new ScanRing(task.identity.size, task.ring);
  for (let claim = ring.claim(); claim !== "end"; claim = ring.claim()) {
    if (claim === "full") {
      ring.waitForRoom(WAIT_MS);
      continue;
    }
    try {
      ring.publish(claim, tryScanSegment(text, claim, task.identity.size)!);
    } catch {
      // The scanner reads the segment again, and its error says what is wrong.
      ring.publishFailure(claim);
    }
  }
}

// The scanner has the file open. If the path leads to another file by now, or to none, it goes on alone.
function openSame({ path, identity }: ScanTask): LocalText | undefined {
  try {
    const text = LocalText.openSync(path, { mayBlock: true });
    if (sameFile(text.identity, identity)) return text;
    text.close();
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
  }
  return undefined;
}
