import type { CommandLine } from "../../bench/measure.ts";

/** A process in the background. */
export class RunningProcess {
  /** Its standard output. */
  readonly output: OutputLines;
  /** Its standard error. */
  readonly errors: OutputLines;
  readonly #command: CommandLine;
  readonly #child: Deno.ChildProcess;
  #hasEnded = false;

  /** @throws {Error} if there is no such program */
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

  get pid(): number {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Waits for a line of its output.
   *
   * @throws {Error} (as a rejection) if the process exits without such a line
   */
  async line(lines: OutputLines, pattern: RegExp): Promise<RegExpExecArray> {
    const match = await lines.find(pattern);
    if (match !== null) return match;
    const { code } = await this.#child.status;
    throw await this.#failure(code);
  }

  /**
   * Waits for its exit.
   *
   * @throws {Error} (as a rejection) if it fails, with its last output
   */
  async end(): Promise<void> {
    const { success, code } = await this.#child.status;
    if (!success) throw await this.#failure(code);
  }

  /** Sends a signal; does nothing if the process has exited. */
  signal(name: Deno.Signal): void {
    try {
      if (!this.#hasEnded) this.#child.kill(name);
    } catch {
      // It has just exited.
    }
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#child.status;
    await Promise.all([this.output.ended, this.errors.ended]);
  }

  async #failure(code: number): Promise<Error> {
    await Promise.all([this.output.ended, this.errors.ended]);
    const output = [...this.output.last, ...this.errors.last].join("\n");
    return new Error(`Exit code ${code}: ${this.#command.join(" ")}\n${output}`);
  }
}

// Enough for the programs that are started here; only the last lines of a longer output are kept.
const LINES_KEPT = 200;

/** The lines of a process's output, as they arrive. */
export class OutputLines {
  readonly #kept: string[] = [];
  #changed = Promise.withResolvers<void>();
  #hasEnded = false;

  /** Resolves at the end of the stream. */
  readonly ended: Promise<void>;

  /** Reads the stream to its end, so that the process never waits for a reader. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#collect(stream);
  }

  get last(): readonly string[] {
    return this.#kept;
  }

  /**
   * Waits for a line.
   *
   * @returns the match in the first matching line; `null` if the stream ends without one
   */
  async find(pattern: RegExp): Promise<RegExpExecArray | null> {
    for (;;) {
      for (const line of this.#kept) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (this.#hasEnded) return null;
      await this.#changed.promise;
    }
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#add(lines);
    }
    this.#hasEnded = true;
    this.#add(rest === "" ? [] : [rest]);
  }

  #add(lines: readonly string[]): void {
    this.#kept.push(...lines);
    this.#kept.splice(0, this.#kept.length - LINES_KEPT);
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}
