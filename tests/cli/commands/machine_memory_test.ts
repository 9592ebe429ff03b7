import { assert, assertThrows } from "@std/assert";
import { assertFitsMemory, machineMemoryBytes } from "../../../src/cli/commands/machine_memory.ts";
import { UsageError } from "../../../src/cli/subcommand.ts";

Deno.test("machineMemoryBytes returns the memory of this machine or less", () => {
  const bytes = machineMemoryBytes()!;
  assert(bytes > 0 && bytes <= Deno.systemMemoryInfo().total, `${bytes}`);
});

Deno.test("assertFitsMemory throws an error with both sizes if a cache is larger than the memory", () => {
  const memoryBytes = 23.5 * 1024 ** 3;
  assertThrows(
    () => assertFitsMemory(500 * 1024 ** 3, memoryBytes),
    UsageError,
    "--cache is 500.0 GiB, but this machine has 23.5 GiB of memory. Choose a smaller --cache.",
  );
  assertThrows(() => assertFitsMemory(memoryBytes + 1, memoryBytes), UsageError);
  assertFitsMemory(memoryBytes, memoryBytes);
  assertFitsMemory(500 * 1024 ** 3, undefined);
});
