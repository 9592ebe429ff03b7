/** How much memory a process holds. */
export interface ProcessMemory {
  /** What it holds now, in bytes. */
  readonly residentBytes: number;
  /** The most that it ever held, in bytes. */
  readonly peakBytes: number;
}

/**
 * Asks the system how much memory a process holds.
 *
 * @returns `undefined` where the system does not tell, or the process has ended
 */
export function processMemory(pid: number): ProcessMemory | undefined {
  // By way of another program: reading /proc itself would need every permission.
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
