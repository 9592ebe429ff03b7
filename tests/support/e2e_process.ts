import { S3_VARIABLES } from "../../src/source/remote/s3/s3_settings.ts";
const ROOT = new URL("../../", import.meta.url).pathname;

/** The command line that starts a program of the project, with the permissions of its task in `deno.json`. */
export function commandLineOf(path: string): readonly string[] {
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    `--allow-env=${S3_VARIABLES.join(",")}`,
    "--allow-sys=systemMemoryInfo",
    `${ROOT}${path}`,
  ];
}

/** The command line that starts linesvr. */
export const PROGRAM = commandLineOf("main.ts");

/** Where `deno task compile` leaves the binary. */
export const COMPILED_BINARY = `${ROOT}dist/linesvr`;

/** The project's root. */
export const PROJECT_ROOT = ROOT;

/** How a process ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** How a process is started. */
export interface StartOptions {
  /** What is started, with its first arguments. */
  readonly program?: readonly string[];
  /** Environment variables, in addition to those of this process. */
  readonly env?: Record<string, string>;
  /** @default {"null"} */
  readonly stdin?: "null" | "piped";
  /** For servers; by default a free one. */
  readonly port?: number;
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await command(args, options).output();
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

/** Starts the program; the caller reads its output. */
export function startProgram(
  args: readonly string[],
  options: StartOptions = {},
): Deno.ChildProcess {
  return command(args, options).spawn();
}

/** A server in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  readonly #stderrDone: Promise<void>;
  #output = "";
  #errors = "";
  #status: Deno.CommandStatus | undefined;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stderrDone = this.#collectErrors();
  }

  /** Starts a server, and waits until it reports that it is listening. */
  static async start(
    textPath: string,
    args: readonly string[] = [],
    options: StartOptions = {},
  ): Promise<ServerProcess> {
    const child = command(["serve", textPath, "--port", `${options.port ?? 0}`, ...args], options)
      .spawn();
    const server = new ServerProcess(child);
    if (!await server.#readFirstLine()) {
      const { code } = await server.ended();
      throw new Error(`The server ended with exit code ${code}: ${server.errors}`);
    }
    return server;
  }

  /** The port that it reported. */
  get port(): number {
    const port = /^listening on [\d.]+:(\d+)\n/.exec(this.#output)?.[1];
    if (port === undefined) throw new Error(`Unexpected output: ${this.#output}`);
    return Number(port);
  }

  /** The address of HTTP that it reports after the first line, such as `http://127.0.0.1:8080`. */
  async httpAddress(): Promise<string> {
    for (;;) {
      const address = /^http on (http:\/\/.*)\/\n/m.exec(this.#output)?.[1];
      if (address !== undefined) return address;
      const { done, value } = await this.#stdout.read();
      if (done) throw new Error(`No address of HTTP in the output: ${this.#output}`);
      this.#output += value;
    }
  }

  /** What it has written to standard output so far. */
  get output(): string {
    return this.#output;
  }

  /** What it has written to standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  /** Its resident memory. */
  memoryBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
  }

  /** Sends a signal; does nothing if it has ended already. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Waits until it has ended, and its output is complete. */
  async ended(): Promise<Deno.CommandStatus> {
    if (this.#status !== undefined) return this.#status;
    for (;;) {
      const { done, value } = await this.#stdout.read();
      if (done) break;
      this.#output += value;
    }
    await this.#stderrDone;
    return this.#status = await this.#child.status;
  }

  /** Kills it if it has not ended yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#status !== undefined) return;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.ended();
  }

  async #readFirstLine(): Promise<boolean> {
    while (!this.#output.includes("\n")) {
      const { done, value } = await this.#stdout.read();
      if (done) return false;
      this.#output += value;
    }
    return true;
  }

  async #collectErrors(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#errors += text;
    }
  }
}

function command(args: readonly string[], options: StartOptions): Deno.Command {
  const [name, ...first] = options.program ?? PROGRAM;
  return new Deno.Command(name!, {
    args: [...first, ...args],
    cwd: ROOT,
    stdin: options.stdin ?? "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...options.env },
  });
}
