import process from "node:process";

/** Describes the machine, such as `linux x86_64, 2 processors (…)`. */
export function describeMachine(): string {
  const count = navigator.hardwareConcurrency;
  const model = processorModel();
  const processors = `${count} ${count === 1 ? "processor" : "processors"}`;
  return `${Deno.build.os} ${Deno.build.arch}, ${processors}${model === "" ? "" : ` (${model})`}`;
}

// Other systems than Linux tell it only with further permissions.
function processorModel(): string {
  try {
    return /^model name\s*:\s*(.+)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? "";
  } catch {
    return "";
  }
}

/** Measures the processor time of the load tester itself, of all its threads. */
export class OwnCpu {
  readonly #before = process.cpuUsage();
  readonly #startedMs = performance.now();

  /** The processor time since this object was created, in microseconds. */
  usedUs(): number {
    const { user, system } = process.cpuUsage(this.#before);
    return user + system;
  }

  /** The share of one processor since this object was created: 1 is a whole processor. */
  share(): number {
    const elapsedUs = (performance.now() - this.#startedMs) * 1_000;
    return elapsedUs > 0 ? this.usedUs() / elapsedUs : 0;
  }
}
