import config from "../../deno.json" with { type: "json" };
import type { CommandLine } from "./run_process.ts";

/** A task that runs `main.ts`. */
export type ProgramTask = "index" | "get" | "serve" | "load";

/**
 * Begins a command line that runs a module with exactly the environment, flags and permissions of a
 * task.
 *
 * @param module the module's path, relative to the project's folder
 */
export function taskCommand(task: ProgramTask, module = "main.ts"): CommandLine {
  const [start] = config.tasks[task].command.split(" main.ts ");
  const words = start!.split(" ");
  const environment = words.slice(0, words.indexOf("deno"));
  const flags = words.slice(environment.length + 1);
  const path = new URL(`../../${module}`, import.meta.url).pathname;
  const program: CommandLine = [Deno.execPath(), ...flags, path];
  // `env` becomes the program that it starts, so the process is that program's.
  return environment.length === 0 ? program : ["env", ...environment, ...program];
}
