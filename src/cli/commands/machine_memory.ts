import { UsageError } from "../subcommand.ts";
import { formatSize } from "../units.ts";

// What the control group of a container allows; "max" or a huge number if there is no limit.
const CONTROL_GROUP_LIMITS = [
  "/sys/fs/cgroup/memory.max",
  "/sys/fs/cgroup/memory/memory.limit_in_bytes",
];

/** The memory that this process can use, in bytes; undefined if Deno's permissions do not tell. */
export function machineMemoryBytes(): number | undefined {
  // A permission that was not given is not asked for.
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" });
  if (state !== "granted") return undefined;
  const limits = CONTROL_GROUP_LIMITS.map(readNumber).filter(Number.isSafeInteger);
  return Math.min(Deno.systemMemoryInfo().total, ...limits);
}

function readNumber(path: string): number {
  try {
    return Number.parseInt(Deno.readTextFileSync(path));
  } catch {
    // There is no such limit, or the permissions do not include it.
    return NaN;
  }
}

/**
 * Checks that a cache fits into the memory of the machine.
 *
 * @param memoryBytes the memory of the machine; undefined if it is not known
 * @throws {UsageError} if it does not
 */
export function assertFitsMemory(cacheBytes: number, memoryBytes: number | undefined): void {
  if (memoryBytes === undefined || cacheBytes <= memoryBytes) return;
  throw new UsageError(
    `--cache is ${formatSize(cacheBytes)}, but this machine has ${
      formatSize(memoryBytes)
    } of memory. ` +
      "Choose a smaller --cache.",
  );
}
