import { PROGRAM, type StartOptions } from "./e2e_process.ts";

const NOBODY = "65534";
const SETPRIV = "/usr/bin/setpriv";

/**
 * How to start the program as someone whom file permissions hold back; `undefined` where the tests
 * run as root, whom they do not, and cannot become anybody else.
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
      // Where these tests are run to see what they cover, that user must be able to write it down.
      DENO_COVERAGE_DIR: `${cacheDirectory}/coverage`,
    },
  };
}

/** Whether there is an ordinary user as whom the program can be run. */
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
