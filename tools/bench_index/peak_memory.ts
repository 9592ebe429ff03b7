import { type CommandLine, processMemory } from "../bench/measure.ts";

// The peak never decreases, so the last sample counts.
const PEAK_POLL_MS = 50;

/**
 * Runs a process and samples its memory.
 *
 * @returns its peak memory in bytes; `undefined` if the system does not tell
 */
export async function peakMemoryOf([program, ...args]: CommandLine): Promise<number | undefined> {
  const child = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
  let peakBytes: number | undefined;
  const timer = setInterval(
    () => peakBytes = processMemory(child.pid)?.peakBytes ?? peakBytes,
    PEAK_POLL_MS,
  );
  await child.status;
  clearInterval(timer);
  return peakBytes;
}
