/**
 * Runs a program in a terminal of its own, with its standard output outside of it. SIGUSR1 closes the
 * terminal, SIGTERM is passed on.
 */
const IN_TERMINAL = `
import os, pty, signal, sys
stdout = os.dup(1)
program, terminal = pty.fork()
if program == 0:
    os.dup2(stdout, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGUSR1, lambda *_: os.close(terminal))
signal.signal(signal.SIGTERM, lambda *_: os.kill(program, signal.SIGTERM))
_, status = os.waitpid(program, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
`;

/** The signal that closes the terminal of a program that {@linkcode inTerminal} started. */
export const CLOSE_TERMINAL = "SIGUSR1";

/** The command line that runs another one in a terminal. */
export function inTerminal(program: readonly string[]): readonly string[] {
  return ["python3", "-c", IN_TERMINAL, ...program];
}

/** Whether the machine has Python, which opens pipes and terminals that Deno cannot open. */
export const HAS_PYTHON = Deno.build.os !== "windows" && await canRun("python3");

/** Why a test that needs Python is ignored, for its name. */
export const WITHOUT_PYTHON = HAS_PYTHON ? "" : " (ignored: there is no python3)";

async function canRun(name: string): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}
