import { PROJECT_ROOT } from "./e2e_process.ts";

/** What a program has printed. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, in the root of the project. */
export async function runCommand(command: string, args: readonly string[]): Promise<Printed> {
  const output = await new Deno.Command(command, {
    args: [...args],
    cwd: PROJECT_ROOT,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

/** Whether a program is installed, and ends well with these arguments. */
export async function hasProgram(
  command: string,
  args: readonly string[] = ["--version"],
): Promise<boolean> {
  try {
    return (await runCommand(command, args)).code === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The Python that has a module; undefined if there is none. Debian's modules belong to Debian's Python. */
export async function findPython(module: string): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    if (await hasProgram(python, ["-c", `import ${module}`])) return python;
  }
  return undefined;
}

/** Declares a test that is ignored if what it needs is missing. */
export function testIfThere(
  name: string,
  needed: string,
  isThere: boolean,
  body: () => Promise<void>,
): void {
  const why = isThere ? "" : ` (ignored: there is no ${needed})`;
  Deno.test({ name: `${name}${why}`, ignore: !isThere, fn: body });
}
