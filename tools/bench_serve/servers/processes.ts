import type { CommandLine } from "../../bench/measure.ts";
import { RunningProcess } from "./running_process.ts";

/** A group of processes that are killed together. */
export class Processes implements AsyncDisposable {
  readonly #interrupted: AbortSignal;
  readonly #started: RunningProcess[] = [];

  /** @param interrupted kills all processes */
  constructor(interrupted: AbortSignal) {
    this.#interrupted = interrupted;
    interrupted.addEventListener("abort", this.#killAll);
  }

  /**
   * Starts a process.
   *
   * @throws {Error} if there is no such program
   * @throws {unknown} the reason of the interrupt
   */
  start(command: CommandLine): RunningProcess {
    this.#interrupted.throwIfAborted();
    const started = new RunningProcess(command);
    this.#started.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#interrupted.removeEventListener("abort", this.#killAll);
    await Promise.all(this.#started.map((started) => started.kill()));
  }

  readonly #killAll = (): void => {
    for (const started of this.#started) started.signal("SIGKILL");
  };
}
