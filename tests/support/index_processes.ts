const MAIN = new URL("../../main.ts", import.meta.url).pathname;

// Only what hangs takes this long.
const HANGS_MS = 20_000;

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stderr: string;
}

/** `linesvr index` in another process. */
export class IndexProcess {
  readonly #child: Deno.ChildProcess;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ended>;

  constructor(...args: string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-read", "--allow-write", MAIN, "index", ...args],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.ended = this.#untilEnd();
  }

  async #untilEnd(): Promise<Ended> {
    const patience = setTimeout(() => this.kill("SIGKILL"), HANGS_MS);
    const { code, signal, stderr } = await this.#child.output();
    clearTimeout(patience);
    return { code, signal, stderr: new TextDecoder().decode(stderr) };
  }

  /** Sends a signal, unless the process has ended. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

/**
 * Starts a process, and waits until a condition holds in a directory or the process has ended.
 *
 * @param isSo called whenever something changes in the directory
 * @returns the process, and whether the condition held
 */
export async function untilInDirectory<Process extends { readonly ended: Promise<unknown> }>(
  directory: string,
  start: () => Process,
  isSo: () => boolean,
): Promise<{ process: Process; wasSo: boolean }> {
  const watcher = Deno.watchFs(directory);
  const process = start();
  const changes = watcher[Symbol.asyncIterator]();
  const ended = process.ended.then(() => ({ done: true }));
  let wasSo = false;
  try {
    while (!wasSo) {
      const { done } = await Promise.race([changes.next(), ended]);
      wasSo = isSo();
      if (done) break;
    }
  } finally {
    watcher.close();
  }
  return { process, wasSo };
}

/** The size of a file; undefined if there is none. */
export function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
