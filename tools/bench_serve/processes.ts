import type { CommandLine } from "../bench/run_process.ts";
import { RunningProcess } from "./running_process.ts";

/** Processes that are ended together: none of them is left behind. */
export class Processes implements AsyncDisposable {
  readonly #interrupted: AbortSignal;
  readonly #started: RunningProcess[] = [];

  /**
   * Begins with none.
   *
   * @param interrupted ends all of them at once: whoever waits for one is told that it failed
   */
  constructor(interrupted: AbortSignal) {
    this.#interrupted = interrupted;
    interrupted.addEventListener("abort", this.#killAll);
  }

  /**
   * Starts one.
   *
   * @throws {Error} where there is no such program
   * @throws {unknown} the reason why the benchmark was interrupted, where it was
   */
  start(command: CommandLine): RunningProcess {
    this.#interrupted.throwIfAborted();
    const started = new RunningProcess(command);
    this.#started.push(started);
    return started;
  }

  /** Ends those that run, and waits until they have. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#interrupted.removeEventListener("abort", this.#killAll);
    await Promise.all(this.#started.map((started) => started.kill()));
  }

  readonly #killAll = (): void => {
    for (const started of this.#started) started.signal("SIGKILL");
  };
}
