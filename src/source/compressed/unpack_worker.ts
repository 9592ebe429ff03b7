/**
 * A thread that unpacks blocks.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { codecOf } from "./codecs.ts";
import { buffersOf, type JobMessage, runJob } from "./job_threads.ts";
import type { UnpackJob } from "./unpack_threads.ts";

self.onmessage = async ({ data }: MessageEvent<JobMessage<UnpackJob>>) => {
  const outcome = await runJob(data, unpack);
  self.postMessage(outcome, outcome.kind === "done" ? buffersOf(outcome.result) : []);
};

async function unpack({ codec: name, blocks }: UnpackJob): Promise<Uint8Array[]> {
  const codec = await codecOf(name);
  return blocks.map(({ stored, block, window }) => ownBuffer(codec.unpack(stored, block, window)));
}

// A small array may be a part of a buffer that other arrays share, which cannot be given away.
function ownBuffer(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
