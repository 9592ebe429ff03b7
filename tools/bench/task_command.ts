import type { CommandLine } from "./measure.ts";

/** The folder of this checkout, with a slash at the end. */
const PROJECT_ROOT = new URL("../../", import.meta.url).pathname;

/** A task that runs a module. */
export type ProgramTask = "index" | "get" | "serve" | "load";

export interface TaskCommandOptions {
  /** A checkout of the project, with a slash at the end. */
  readonly root?: string;
  /** A module relative to the root, instead of the task's own. */
  readonly module?: string;
}

/**
 * Returns the start of a command line that runs a module with the environment, flags and permissions of
 * a task in `deno.json`.
 *
 * @throws {Error} if the checkout has no such task
 */
export function taskCommand(
  task: ProgramTask,
  { root = PROJECT_ROOT, module }: TaskCommandOptions = {},
): CommandLine {
  const config = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  const match = /^(.*) (\S+\.ts)\b/.exec(config.tasks?.[task]?.command ?? "");
  if (match === null) throw new Error(`Task not found: ${task} in ${root}deno.json`);
  const words = match[1]!.split(" ");
  const environment = words.slice(0, words.indexOf("deno"));
  const flags = words.slice(environment.length + 1)
    .map((flag) => flag.replace(/^--lock=/, `--lock=${root}`));
  const program: CommandLine = [Deno.execPath(), ...flags, `${root}${module ?? match[2]}`];
  // `env` replaces itself by the program, so the process is that of the program.
  return environment.length === 0 ? program : ["env", ...environment, ...program];
}
