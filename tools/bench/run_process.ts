/** A command line. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** What came of a process. */
export interface ProcessResult {
  /** From its start to its end. */
  readonly elapsedMs: number;
  /** What it wrote to standard output. */
  readonly output: Uint8Array;
}

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
