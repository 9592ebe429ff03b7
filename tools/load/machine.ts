/**
 * Names the machine: system, architecture, and processors, such as `linux x86_64, 2 processors (…)`.
 */
export function describeMachine(): string {
  const count = navigator.hardwareConcurrency;
  const model = processorModel();
  const processors = `${count} ${count === 1 ? "processor" : "processors"}`;
  return `${Deno.build.os} ${Deno.build.arch}, ${processors}${model === "" ? "" : ` (${model})`}`;
}

// Only Linux tells it without further permissions.
function processorModel(): string {
  try {
    return /^model name\s*:\s*(.+)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? "";
  } catch {
    return "";
  }
}
