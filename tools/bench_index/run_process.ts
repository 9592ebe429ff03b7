/** A command line. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** What came of a process. */
export interface ProcessResult {
  /** From its start to its end. */
  readonly elapsedMs: number;
  /** What it wrote to standard output. */
  readonly output: Uint8Array;
}

// How often a process is asked for its peak, which only grows.
const PEAK_POLL_MS = 50;

/**
 * Runs a process to its end, and takes its time.
 *
 * @throws {Error} where it fails
 */
export async function runProcess([program, ...args]: CommandLine): Promise<ProcessResult> {
  const startMs = performance.now();
  const result = await new Deno.Command(program, { args, stderr: "piped" }).output();
  const elapsedMs = performance.now() - startMs;
  if (!result.success) {
    const why = new TextDecoder().decode(result.stderr).trim();
    throw new Error(`Cannot run: ${program} ${args.join(" ")}: ${why}`);
  }
  return { elapsedMs, output: result.stdout };
}

/**
 * Runs a process to its end, and looks at its memory meanwhile.
 *
 * @returns the most memory that it held, in bytes; `undefined` where the system does not tell
 */
export async function peakMemoryOf([program, ...args]: CommandLine): Promise<number | undefined> {
  const child = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
  let peakBytes: number | undefined;
  const timer = setInterval(() => peakBytes = peakOf(child.pid) ?? peakBytes, PEAK_POLL_MS);
  await child.status;
  clearInterval(timer);
  return peakBytes;
}

// By way of another program: reading /proc itself would need every permission.
function peakOf(pid: number): number | undefined {
  const args = ["VmHWM", `/proc/${pid}/status`];
  const { stdout } = new Deno.Command("grep", { args, stderr: "null" }).outputSync();
  const kibibytes = /(\d+) kB/.exec(new TextDecoder().decode(stdout))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
