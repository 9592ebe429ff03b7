import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { openServer, type ServeOptions } from "../../src/server/open_server.ts";
import { latin1 } from "./e2e_bytes.ts";
import { Client } from "./e2e_client.ts";
import { type Outcome, runProgram, ServerProcess, type StartOptions } from "./e2e_process.ts";

/** Only what hangs takes this long. */
const DEADLINE_MS = 120_000;

/** How a server in this process is started. */
export interface ListenOptions extends Partial<ServeOptions> {
  readonly linesPerPage?: number;
}

/** A server in this process, and what it logged. */
export interface LocalServer {
  readonly port: number;
  readonly messages: readonly string[];
  /** Shuts it down, and waits until it has finished. */
  stop(): Promise<void>;
}

/** A directory, servers and clients. All are closed and removed at the end of the test. */
export class Scene implements AsyncDisposable {
  readonly directory: string;
  readonly #cleanUps = new AsyncDisposableStack();

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<Scene> {
    return new Scene(await Deno.makeTempDir({ prefix: "linesvr-test-" }));
  }

  /** A path in the scene's directory. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Writes a file; a string has one byte for each character. */
  async file(content: string | Uint8Array, name = "text.txt"): Promise<string> {
    const bytes = typeof content === "string" ? latin1(content) : content;
    await Deno.writeFile(this.path(name), bytes);
    return this.path(name);
  }

  /** Runs the program to its end. */
  run(...args: string[]): Promise<Outcome> {
    return runProgram(args);
  }

  /** Starts a server in a process of its own. */
  async serve(
    textPath: string,
    args: readonly string[] = [],
    options: StartOptions = {},
  ): Promise<ServerProcess> {
    return this.#cleanUps.use(await ServerProcess.start(textPath, args, options));
  }

  /** Starts a server in this process. */
  async listen(
    textPath: string,
    { linesPerPage = 1024, ...options }: ListenOptions = {},
  ): Promise<LocalServer> {
    const indexPath = `${textPath}.lineidx`;
    await ensureIndex({ textPath, indexPath, linesPerPage });
    const messages: string[] = [];
    const server = await openServer({
      files: [{ textPath, indexPath }],
      cacheBytes: 1024 * 1024,
      eol: "lf",
      hostname: "127.0.0.1",
      port: 0,
      maxConnections: 1_000,
      idleTimeoutMs: 0,
      shutdownPolicy: "loopback",
      version: "1.2.3",
      ...options,
    }, { log: (message) => messages.push(message) });
    const stop = async () => {
      server.shutDown();
      await server.finished;
    };
    this.#cleanUps.defer(stop);
    return { port: server.addresses[0]!.port, messages, stop };
  }

  /** Connects a client. */
  async connect(server: { readonly port: number }): Promise<Client> {
    return this.#cleanUps.use(await Client.connect(server.port));
  }

  /** Sends everything, ends its side of the connection, and returns everything that came back. */
  async exchange(
    server: { readonly port: number },
    commands: string | Uint8Array,
  ): Promise<Uint8Array> {
    const client = await this.connect(server);
    const reply = client.readAll();
    await client.send(commands);
    await client.endSending();
    return await reply;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUps.disposeAsync();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Declares a test that has a scene; it fails if it hangs. */
export function sceneTest(
  name: string,
  body: (scene: Scene) => Promise<void>,
  options: { readonly ignore?: boolean } = {},
): void {
  Deno.test({ name, ignore: options.ignore ?? false, fn: () => inScene(body) });
}

async function inScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using scene = await Scene.open();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Hung for ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    await Promise.race([body(scene), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
