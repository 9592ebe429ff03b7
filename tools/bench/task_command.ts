import config from "../../deno.json" with { type: "json" };
import type { CommandLine } from "./run_process.ts";

/** A task that runs `main.ts`. */
export type ProgramTask = "index" | "get" | "serve" | "load";

/**
 * Begins a command line that runs a module with exactly the flags and permissions of a task.
 *
 * @param module the module's path, relative to the project's folder
 */
export function taskCommand(task: ProgramTask, module = "main.ts"): CommandLine {
  const [flags] = config.tasks[task].command.split(" main.ts ");
  const [, ...words] = flags!.split(" ");
  return [Deno.execPath(), ...words, new URL(`../../${module}`, import.meta.url).pathname];
}
