/**
 * A thread that helps to search a text. It opens the text for itself, and claims segments until there
 * are no more.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { ScanRing } from "./scan_ring.ts";
import { scanSegment } from "./segment_scanner.ts";
import { TextError } from "../../source/text_error.ts";
import { TextFile } from "../../source/local/text_file.ts";

/** What a helper is told. */
export interface ScanTask {
  /** The text's path. */
  readonly textPath: string;
  /** The size that is searched. */
  readonly textBytes: number;
  /** Which file it was when the search began. */
  readonly inode: string;
  /** The ring's memory. */
  readonly ring: SharedArrayBuffer;
}

// How long a helper that is far ahead waits before it looks whether it is still wanted.
const WAIT_MS = 1_000;

self.onmessage = ({ data }: MessageEvent<ScanTask>) => {
  self.postMessage("begun");
  help(data);
  self.close();
};

function help(task: ScanTask): void {
  using text = openSame(task);
  if (text === undefined) return;
  const ring = ScanRing.join(task.ring, task.textBytes);
  for (let claim = ring.claim(); claim !== "end"; claim = ring.claim()) {
    if (claim === "full") ring.waitForRoom(WAIT_MS);
    else publish(ring, text, task.textBytes, claim);
  }
}

// The text that is searched is open in the thread that asked. Where its path leads elsewhere by now, or
// nowhere, that thread goes on alone.
function openSame(task: ScanTask): TextFile | undefined {
  try {
    const text = TextFile.open(task.textPath);
    if (text.identity.inode === task.inode) return text;
    text.close();
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
  }
  return undefined;
}

function publish(ring: ScanRing, text: TextFile, textBytes: number, segment: number): void {
  try {
    ring.publish(segment, scanSegment(text, segment, textBytes));
  } catch {
    // The thread that takes the segment reads it again, and says what is wrong.
    ring.publishFailure(segment);
  }
}
