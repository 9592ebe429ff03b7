/**
 * A thread that compresses frames.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { buffersOf, type JobMessage, runJob } from "../job_threads.ts";
import { compressFrames, type CompressJob } from "./zstd_compression.ts";

self.onmessage = async ({ data }: MessageEvent<JobMessage<CompressJob>>) => {
  const outcome = await runJob(data, compressFrames);
  const arrays = outcome.kind === "done" ? [outcome.result.text, ...outcome.result.frames] : [];
  self.postMessage(outcome, buffersOf(arrays));
};
