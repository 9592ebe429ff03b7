/**
 * A thread that unpacks blocks.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { codecOf } from "./codecs.ts";
import { buffersOf, inOwnBuffer, type JobMessage, runJob } from "./job_threads.ts";
import type { UnpackJob } from "./unpack_threads.ts";

self.onmessage = async ({ data }: MessageEvent<JobMessage<UnpackJob>>) => {
  const outcome = await runJob(data, unpack);
  self.postMessage(outcome, outcome.kind === "done" ? buffersOf(outcome.result) : []);
};

async function unpack({ codec: name, blocks }: UnpackJob): Promise<Uint8Array[]> {
  const codec = await codecOf(name, "a block");
  return blocks.map(({ stored, block, window }) =>
    inOwnBuffer(codec.unpack(stored, block, window))
  );
}
