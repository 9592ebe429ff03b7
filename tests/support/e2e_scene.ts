import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { LineStore } from "../../src/lines/line_store.ts";
import { type Eol, lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import { Permits } from "../../src/server/workers/permits.ts";
import { Server, type ServerOptions } from "../../src/server/server.ts";
import { Client } from "./e2e_client.ts";
import { latin1 } from "./e2e_bytes.ts";
import { type Outcome, runProgram, ServerProcess, type StartOptions } from "./e2e_process.ts";

/** Only what hangs takes so long. */
const DEADLINE_MS = 120_000;

/** How a server in this process is started. */
export interface ListenOptions extends Partial<ServerOptions> {
  readonly cacheBytes?: number;
  readonly linesPerPage?: number;
  readonly eol?: Eol;
}

/** A server in this process, and what it said. */
export interface LocalServer {
  readonly server: Server;
  readonly port: number;
  readonly messages: string[];
}

/** A directory, servers and clients that are gone when the test is over. */
export class Scene implements AsyncDisposable {
  readonly directory: string;
  readonly #cleanUps: (() => void | Promise<void>)[] = [];

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

  /** Writes a file; a text with one byte for every character. */
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
    const server = await ServerProcess.start(textPath, args, options);
    this.onEnd(() => server[Symbol.asyncDispose]());
    return server;
  }

  /** Starts a server in this process. */
  async listen(textPath: string, options: ListenOptions = {}): Promise<LocalServer> {
    const indexPath = `${textPath}.lineidx`;
    const { cacheBytes = 1024 * 1024, linesPerPage = 1024, eol = "lf" } = options;
    await ensureIndex({ textPath, indexPath, linesPerPage });
    const store = LineStore.open({ textPath, indexPath, cacheBytes });
    const messages: string[] = [];
    const server = Server.listen({
      store,
      protocols: [lineProtocol(eol)],
      hostname: "127.0.0.1",
      port: 0,
      permits: permitsFor(1000),
      idleTimeoutMs: 0,
      shutdownPolicy: "loopback",
      log: (message) => messages.push(message),
      ...options,
    });
    this.onEnd(async () => {
      server.shutDown();
      await server.finished;
      await store.close();
    });
    return { server, port: server.port, messages };
  }

  /** Connects a client. */
  async connect(server: { readonly port: number }): Promise<Client> {
    const client = await Client.connect(server.port);
    this.onEnd(() => client.close());
    return client;
  }

  /** Sends all, says that nothing more comes, and gives all that came back. */
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

  /** Has something done when the test is over; the last comes first. */
  onEnd(cleanUp: () => void | Promise<void>): void {
    this.#cleanUps.push(cleanUp);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) await cleanUp();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Declares a test that has a scene; it fails where it hangs. */
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

/** Permits for so many connections, of one server. */
export function permitsFor(maxConnections: number): Permits {
  return new Permits(Permits.create(maxConnections, 1), 0);
}
