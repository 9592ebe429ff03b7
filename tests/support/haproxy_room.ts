import { assert } from "@std/assert";
import { Client } from "./e2e_client.ts";
import { PROJECT_ROOT, ServerProcess } from "./e2e_process.ts";
import type { Scene } from "./e2e_scene.ts";

/** The servers of `deploy/haproxy.cfg`. */
export const SERVERS = ["one", "two", "three"] as const;
export type ServerName = typeof SERVERS[number];

// On Linux, every address 127.x.y.z is this machine. Each process has four addresses of its own, so
// that a server that starts again gets its port again, and all servers have the same ports.
function addressOf(host: 0 | 1 | 2 | 3): string {
  const { pid } = Deno;
  return `127.${pid >> 14 & 255}.${pid >> 6 & 255}.${(pid << 2 & 255) + host}`;
}

const FRONT = addressOf(0);
const ADDRESSES = { one: addressOf(1), two: addressOf(2), three: addressOf(3) };

/** Three servers behind an HAProxy with the configuration from `deploy`. */
export class HaproxyRoom implements AsyncDisposable {
  readonly #cleanUps = new AsyncDisposableStack();
  readonly #servers = new Map<ServerName, ServerProcess>();
  readonly #scene: Scene;
  readonly #ports = {
    lines: freePort(),
    web: freePort(),
    serverLines: 0,
    serverHttp: 0,
  };
  #log = "";
  #hasEnded = false;
  #more = Promise.withResolvers<void>();

  private constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Starts everything, and waits until all servers have passed their checks. */
  static async open(scene: Scene, pathOf: (name: ServerName) => string): Promise<HaproxyRoom> {
    const room = new HaproxyRoom(scene);
    try {
      for (const name of SERVERS) await room.start(name, pathOf(name));
      await room.#startHaproxy();
      for (const backend of ["lines", "web"]) {
        for (const name of SERVERS) {
          await room.logged(new RegExp(`check for server ${backend}/${name} succeeded, .*passed`));
        }
      }
    } catch (error) {
      await room[Symbol.asyncDispose]();
      throw error;
    }
    return room;
  }

  /** Starts a server, again at its old address. */
  async start(name: ServerName, path: string): Promise<void> {
    const host = ADDRESSES[name];
    const args = ["--host", host, "--http", `${host}:${this.#ports.serverHttp}`];
    args.push("--allow-host", FRONT, "--shutdown", "off", "--workers", "1");
    const server = await ServerProcess.start(path, args, { port: this.#ports.serverLines });
    this.#cleanUps.use(server);
    this.#servers.set(name, server);
    this.#ports.serverLines = server.port;
    this.#ports.serverHttp = Number(new URL(await server.httpAddress()).port);
  }

  server(name: ServerName): ServerProcess {
    return this.#servers.get(name)!;
  }

  /** The address of HAProxy for HTTP. */
  get webAddress(): string {
    return `http://${FRONT}:${this.#ports.web}`;
  }

  /** Connects a client to HAProxy. */
  async connect(): Promise<Client> {
    return this.#cleanUps.use(await Client.connect(this.#ports.lines, FRONT));
  }

  /** The server that HAProxy has chosen for a client that is connected. */
  async serverOf(client: Client): Promise<ServerName> {
    const sessions = await this.#askHaproxy("show sess");
    const found = new RegExp(`src=127\\.0\\.0\\.1:${client.localPort} .* srv=(\\w+) `);
    const name = found.exec(sessions)?.[1];
    assert(name !== undefined, sessions);
    return name as ServerName;
  }

  /** The number of sessions that HAProxy has with a server. */
  async sessionsOf(name: ServerName): Promise<number> {
    const sessions = await this.#askHaproxy("show sess");
    return sessions.match(new RegExp(` be=lines srv=${name} `, "g"))?.length ?? 0;
  }

  /** How much HAProxy has logged: the start for `logged`. */
  get mark(): number {
    return this.#log.length;
  }

  /** Waits until HAProxy has logged something after the mark. */
  async logged(pattern: RegExp, mark = 0): Promise<void> {
    while (!pattern.test(this.#log.slice(mark))) {
      assert(!this.#hasEnded, `HAProxy ended: ${this.#log}`);
      await this.#more.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUps.disposeAsync();
  }

  async #startHaproxy(): Promise<void> {
    const path = this.#scene.path("haproxy.cfg");
    await Deno.writeTextFile(path, await this.#configuration());
    const child = new Deno.Command("haproxy", {
      args: ["-db", "-f", path],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reading = Promise.all([this.#collect(child.stdout), this.#collect(child.stderr)]);
    const ended = reading.then(() => {
      this.#hasEnded = true;
      this.#more.resolve();
    });
    this.#cleanUps.defer(async () => {
      if (!this.#hasEnded) child.kill("SIGKILL");
      await ended;
      await child.status;
    });
  }

  async #collect(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of output.pipeThrough(new TextDecoderStream())) {
      this.#log += text;
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
  }

  // The configuration of `deploy`, with other addresses, as the user of the test, and for fewer
  // connections: the limit of open files may be low.
  async #configuration(): Promise<string> {
    const { lines, web, serverLines, serverHttp } = this.#ports;
    let text = await Deno.readTextFile(new URL("deploy/haproxy.cfg", `file://${PROJECT_ROOT}`));
    const replace = (old: string, by: string) => {
      assert(text.includes(old), `deploy/haproxy.cfg has no ${old}`);
      text = text.replaceAll(old, by);
    };
    replace("maxconn 50000", "maxconn 500");
    replace("  user haproxy\n  group haproxy\n", "");
    replace("/run/haproxy/admin.sock", this.#scene.path("admin.sock"));
    replace("bind 127.0.0.1:8404", `bind unix@${this.#scene.path("stats.sock")}`);
    replace("bind :10497", `bind ${FRONT}:${lines}`);
    replace("bind :8080", `bind ${FRONT}:${web}`);
    replace("connect port 8080", `connect port ${serverHttp}`);
    SERVERS.forEach((name, i) => {
      replace(`192.0.2.${i + 1}:10497`, `${ADDRESSES[name]}:${serverLines}`);
      replace(`192.0.2.${i + 1}:8080`, `${ADDRESSES[name]}:${serverHttp}`);
    });
    return text;
  }

  async #askHaproxy(command: string): Promise<string> {
    using socket = await Deno.connect({
      transport: "unix",
      path: this.#scene.path("admin.sock"),
    });
    await socket.write(new TextEncoder().encode(`${command}\n`));
    let reply = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(64 * 1024);
    for (let bytes; (bytes = await socket.read(buffer)) !== null;) {
      reply += decoder.decode(buffer.subarray(0, bytes), { stream: true });
    }
    return reply;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: FRONT, port: 0 });
  return listener.addr.port;
}
