import { PROGRAM, type StartOptions } from "./e2e_process.ts";

const NOBODY = "65534";
const SETPRIV = "/usr/bin/setpriv";

/**
 * How to start the program as a user whom file permissions apply to. Undefined if the tests run as root, to
 * whom they do not apply, and cannot become another user.
 */
export function asOrdinaryUser(cacheDirectory: string): StartOptions | undefined {
  if (Deno.uid() !== 0) return {};
  if (!canBecomeNobody()) return undefined;
  const become = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--no-new-privs"];
  return {
    program: [SETPRIV, ...become, ...PROGRAM],
    env: {
      DENO_DIR: cacheDirectory,
      HOME: cacheDirectory,
      // If the tests measure coverage, that user must be able to write it.
      DENO_COVERAGE_DIR: `${cacheDirectory}/coverage`,
    },
  };
}

/** Whether the program can be run as an ordinary user. */
export function hasOrdinaryUser(): boolean {
  return Deno.uid() !== 0 || canBecomeNobody();
}

function canBecomeNobody(): boolean {
  try {
    const args = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--no-new-privs"];
    // The program's modules must be readable for that user too.
    const main = PROGRAM.at(-1)!;
    const command = new Deno.Command(SETPRIV, { args: [...args, "head", "-c1", main] });
    const program = new Deno.Command(SETPRIV, { args: [...args, Deno.execPath(), "--version"] });
    return command.outputSync().success && program.outputSync().success;
  } catch {
    return false;
  }
}
