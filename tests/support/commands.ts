import { PROJECT_ROOT } from "./e2e_process.ts";

export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, in the root of the project. */
export async function runCommand(
  command: string,
  args: readonly string[],
): Promise<CommandOutcome> {
  const options = { args: [...args], cwd: PROJECT_ROOT, stdin: "null", env: { NO_COLOR: "1" } };
  const output = await new Deno.Command(command, options as Deno.CommandOptions).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

/** Whether the machine has this command. */
export async function hasCommand(command: string): Promise<boolean> {
  try {
    return (await runCommand(command, ["--version"])).code === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
