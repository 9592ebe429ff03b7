export type CommandLine = readonly [program: string, ...args: string[]];

export interface ProcessResult {
  readonly elapsedMs: number;
  /** Its standard output. */
  readonly output: Uint8Array;
}

/**
 * Runs a process and measures its time.
 *
 * @throws {Error} (as a rejection) if it fails
 */
export async function runProcess([program, ...args]: CommandLine): Promise<ProcessResult> {
  const startMs = performance.now();
  const result = await new Deno.Command(program, { args, stderr: "piped" }).output();
  const elapsedMs = performance.now() - startMs;
  if (!result.success) {
    const errors = new TextDecoder().decode(result.stderr).trim();
    throw new Error(`Command failed: ${program} ${args.join(" ")} (${errors})`);
  }
  return { elapsedMs, output: result.stdout };
}

export interface ProcessMemory {
  readonly residentBytes: number;
  /** The peak of `residentBytes`. */
  readonly peakBytes: number;
}

/** Returns `undefined` if the system does not tell, or the process has exited. */
export function processMemory(pid: number): ProcessMemory | undefined {
  // Reading /proc in this process would need all permissions.
  const args = ["-E", "^Vm(RSS|HWM):", `/proc/${pid}/status`];
  const { stdout } = new Deno.Command("grep", { args, stderr: "null" }).outputSync();
  const status = new TextDecoder().decode(stdout);
  const residentBytes = bytesOf(status, "VmRSS");
  const peakBytes = bytesOf(status, "VmHWM");
  if (residentBytes === undefined || peakBytes === undefined) return undefined;
  return { residentBytes, peakBytes };
}

function bytesOf(status: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

const CHUNK_BYTES = 1024 * 1024;

/** Reads a file, so that it is in the page cache. */
export async function warm(path: string): Promise<void> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(CHUNK_BYTES);
  while (await file.read(chunk) !== null);
}

/** Removes a file from the page cache. */
export async function evict(path: string): Promise<void> {
  await runProcess(["dd", `if=${path}`, "iflag=nocache", "count=0", "status=none"]);
}

/** @param numbers one or more */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
