import type { CommandLine } from "../bench/run_process.ts";
import { OutputLines } from "./output_lines.ts";

/** A process that is started now and ended later. */
export class RunningProcess {
  /** What it writes to standard output. */
  readonly output: OutputLines;
  /** What it writes to standard error. */
  readonly errors: OutputLines;
  readonly #command: CommandLine;
  readonly #child: Deno.ChildProcess;
  #hasEnded = false;

  /**
   * Starts it.
   *
   * @throws {Error} where there is no such program
   */
  constructor(command: CommandLine) {
    const [program, ...args] = command;
    this.#command = command;
    this.#child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.output = new OutputLines(this.#child.stdout);
    this.errors = new OutputLines(this.#child.stderr);
    this.#child.status.then(() => this.#hasEnded = true);
  }

  /** What the system calls it. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it runs no more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Waits for a line that it writes.
   *
   * @throws {Error} where it ends without one
   */
  async line(lines: OutputLines, pattern: RegExp): Promise<RegExpExecArray> {
    const match = await lines.find(pattern);
    if (match !== null) return match;
    const { code } = await this.#child.status;
    throw await this.#failure(code);
  }

  /**
   * Waits for its end.
   *
   * @throws {Error} where it fails, with what it said last
   */
  async end(): Promise<void> {
    const { success, code } = await this.#child.status;
    if (!success) throw await this.#failure(code);
  }

  /** Sends a signal; does nothing where it has ended. */
  signal(name: Deno.Signal): void {
    try {
      if (!this.#hasEnded) this.#child.kill(name);
    } catch {
      // It has ended, and this program was not told yet.
    }
  }

  /** Ends it at once, and waits until it has. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#child.status;
    await Promise.all([this.output.ended, this.errors.ended]);
  }

  async #failure(code: number): Promise<Error> {
    await Promise.all([this.output.ended, this.errors.ended]);
    const said = [...this.output.last, ...this.errors.last].join("\n");
    return new Error(`Ended with exit code ${code}: ${this.#command.join(" ")}\n${said}`);
  }
}
