import { processMemory } from "../bench/process_memory.ts";
import type { CommandLine } from "../bench/run_process.ts";

// How often a process is asked for its peak, which only grows.
const PEAK_POLL_MS = 50;

/**
 * Runs a process to its end, and looks at its memory meanwhile.
 *
 * @returns the most memory that it held, in bytes; `undefined` where the system does not tell
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
