import { assert, assertEquals } from "@std/assert";
import { assertSameBytes, asText, getAll, numberedLines } from "../support/e2e_bytes.ts";
import type { Client } from "../support/e2e_client.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { HaproxyRoom, type ServerName, SERVERS } from "../support/haproxy_room.ts";
import { hasProgram, runCommand } from "../support/programs.ts";
import { until } from "../support/text_threads.ts";

const LINES = 3_000;
const DEPTH = 16;

const isThere = Deno.build.os === "linux" && await hasProgram("haproxy", ["-v"]);

function haproxyTest(name: string, body: (scene: Scene) => Promise<void>): void {
  const why = isThere ? "" : " (ignored: there is no Linux with HAProxy)";
  sceneTest(`${name}${why}`, body, { ignore: !isThere });
}

async function indexed(scene: Scene, content: string, name = "text.txt"): Promise<string> {
  const path = await scene.file(content, name);
  const { code, stderr } = await scene.run("index", path, "--quiet");
  assertEquals(code, 0, stderr);
  return path;
}

function lineOf(lineNumber: number): string {
  return `line ${lineNumber}`;
}

function randomLine(): number {
  return 1 + Math.floor(Math.random() * LINES);
}

interface WireFormat {
  readonly request: (lineNumber: number) => string;
  readonly reply: (lineNumber: number) => string;
}

const LINE_PROTOCOL: WireFormat = {
  request: (n) => `GET ${n}\n`,
  reply: (n) => `OK\n${lineOf(n)}\n`,
};

const REDIS_PROTOCOL: WireFormat = {
  request: (n) => `*2\r\n$3\r\nGET\r\n$${String(n).length}\r\n${n}\r\n`,
  reply: (n) => `$${lineOf(n).length}\r\n${lineOf(n)}\r\n`,
};

/** A client that asks again and again. */
interface Progress {
  /** How often it got all its replies. */
  readonly batches: number;
  readonly isBroken: boolean;
  askUntil(signal: AbortSignal): Promise<void>;
}

/** A client that compares every reply. */
class Asker implements Progress {
  readonly client: Client;
  readonly #format: WireFormat;
  batches = 0;
  isBroken = false;

  constructor(client: Client, format: WireFormat) {
    this.client = client;
    this.#format = format;
  }

  /** Asks for random lines until the signal, or until the connection ends. */
  async askUntil(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted && !this.isBroken) await this.askOnce();
    } catch (error) {
      // Thrown by `stop`, so that nothing waits for this client.
      this.isBroken = true;
      throw error;
    }
  }

  /** Asks for some lines. The replies are right, or the connection ends after the right bytes. */
  async askOnce(): Promise<void> {
    const numbers = Array.from({ length: DEPTH }, randomLine);
    const expected = numbers.map(this.#format.reply).join("");
    const got = await this.#exchange(numbers.map(this.#format.request).join(""), expected.length);
    assertEquals(got, expected.slice(0, got.length));
    if (got.length < expected.length) this.isBroken = true;
    else this.batches++;
  }

  async #exchange(requests: string, bytes: number): Promise<string> {
    try {
      await this.client.send(requests);
      return asText(await this.client.readBytes(bytes));
    } catch (error) {
      if (
        error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe
      ) return "";
      throw error;
    }
  }
}

/** A client of HTTP; every request must get its line. */
class WebAsker implements Progress {
  readonly #address: string;
  batches = 0;
  isBroken = false;

  constructor(address: string) {
    this.#address = address;
  }

  async askUntil(signal: AbortSignal): Promise<void> {
    try {
      for (; !signal.aborted; this.batches++) {
        const lineNumber = randomLine();
        const response = await fetch(`${this.#address}/lines/${lineNumber}`);
        assertEquals([await response.text(), response.status], [lineOf(lineNumber), 200]);
      }
    } catch (error) {
      this.isBroken = true;
      throw error;
    }
  }
}

function connectWebAskers(room: HaproxyRoom): WebAsker[] {
  return Array.from({ length: 8 }, () => new WebAsker(room.webAddress));
}

/** Lets clients ask until `stop`, which throws the first failure of one. */
class Asking implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #ends: Promise<PromiseSettledResult<void>[]>;

  constructor(askers: readonly Progress[]) {
    this.#ends = Promise.allSettled(askers.map((asker) => asker.askUntil(this.#abort.signal)));
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    for (const end of await this.#ends) if (end.status === "rejected") throw end.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#ends;
  }
}

/** Connects clients of both protocols, one after the other: HAProxy counts each before the next. */
async function connectAskers(room: HaproxyRoom, count: number): Promise<Asker[]> {
  const askers: Asker[] = [];
  for (let i = 0; i < count; i++) {
    const asker = new Asker(await room.connect(), i % 2 ? REDIS_PROTOCOL : LINE_PROTOCOL);
    await asker.askOnce();
    assertEquals(asker.isBroken, false);
    askers.push(asker);
  }
  return askers;
}

async function byServer(
  room: HaproxyRoom,
  askers: readonly Asker[],
): Promise<Record<ServerName, Asker[]>> {
  const found: Record<ServerName, Asker[]> = { one: [], two: [], three: [] };
  for (const asker of askers) found[await room.serverOf(asker.client)].push(asker);
  return found;
}

async function untilMore(askers: readonly Progress[], batches: number): Promise<void> {
  const goals = askers.map((asker) => asker.batches + batches);
  await until(() => askers.every((asker, i) => asker.isBroken || asker.batches >= goals[i]!));
}

haproxyTest("deploy/haproxy.cfg is valid", async () => {
  const { code, stderr } = await runCommand("haproxy", ["-c", "-f", "deploy/haproxy.cfg"]);
  assertEquals([code, stderr], [0, ""]);
});

haproxyTest(
  "if a server is killed, HAProxy breaks only the connections of its clients",
  async (scene) => {
    const path = await indexed(scene, numberedLines(LINES));
    await using room = await HaproxyRoom.open(scene, () => path);
    const askers = await connectAskers(room, 12);
    const of = await byServer(room, askers);
    assertEquals(SERVERS.map((name) => of[name].length), [4, 4, 4]);
    await using asking = new Asking(askers);
    await untilMore(askers, 5);

    const mark = room.mark;
    room.server("one").kill("SIGKILL");
    await room.server("one").ended();
    // HAProxy does not know yet, and finds out by their connections.
    const late = await connectAskers(room, 6);
    assertEquals((await byServer(room, late)).one, []);
    await room.logged(/Server lines\/one is DOWN/, mark);
    await until(() => of.one.every((asker) => asker.isBroken));
    await untilMore([...of.two, ...of.three], 20);
    await asking.stop();
    assertEquals(askers.filter((asker) => asker.isBroken), of.one);

    // A connection whose client has not closed it counts as one of its server.
    for (const { client } of of.one) client.close();
    await until(async () => await room.sessionsOf("one") === 0);
    await room.start("one", path);
    await room.logged(/Server lines\/one is UP/, mark);
    assertEquals((await byServer(room, await connectAskers(room, 4))).one.length, 4);
  },
);

haproxyTest(
  "if a server is shut down, its clients get their replies through HAProxy",
  async (scene) => {
    // The commands fit into one read of the server; the replies, 24 MB, do not fit in buffers.
    const commands = getAll(400);
    const text = numberedLines(400, 60_000);
    const replies = new TextEncoder().encode(text.replaceAll(/.+\n/g, "OK\n$&"));
    const path = await indexed(scene, text);
    await using room = await HaproxyRoom.open(scene, () => path);
    const idle = await connectIdle(room);
    const busy: Client[] = [];
    for (const _ of SERVERS) {
      const client = await room.connect();
      await client.send(commands);
      assertEquals(asText(await client.readBytes(3)), "OK\n");
      busy.push(client);
    }
    const names = await Promise.all(busy.map((client) => room.serverOf(client)));
    assertEquals(names.toSorted(), SERVERS.toSorted());

    const mark = room.mark;
    const one = room.server("one");
    one.kill("SIGTERM");
    assertEquals(await idle.one.readAll(), new Uint8Array(0));
    await room.logged(/Server lines\/one is DOWN/, mark);
    const late = await room.connect();
    assertEquals(await late.ask("GET 7", 2), ["OK", "line 7".padEnd(60_000, ".")]);
    assert(await room.serverOf(late) !== "one");
    await Promise.all(busy.map(async (client, i) => {
      const rest = replies.subarray(3);
      if (names[i] === "one") assertSameBytes(await client.readAll(), rest);
      else assertSameBytes(await client.readBytes(rest.length), rest);
      client.close();
    }));
    idle.one.close();
    const { code } = await one.ended();
    assertEquals([code, one.errors.includes("Disconnected ")], [0, false], one.errors);
    assertEquals((await idle.two.ask("GET 400", 1))[0], "OK");
  },
);

/** Connects a client to each server. */
async function connectIdle(room: HaproxyRoom): Promise<Record<ServerName, Client>> {
  const found: Partial<Record<ServerName, Client>> = {};
  for (const _ of SERVERS) {
    const client = await room.connect();
    assertEquals((await client.ask("GET 1", 2))[0], "OK");
    found[await room.serverOf(client)] = client;
  }
  assertEquals(Object.keys(found).length, SERVERS.length);
  return found as Record<ServerName, Client>;
}

haproxyTest(
  "while servers are killed, shut down and restarted, every HTTP request gets its line",
  async (scene) => {
    const path = await indexed(scene, numberedLines(LINES));
    await using room = await HaproxyRoom.open(scene, () => path);
    const askers = connectWebAskers(room);
    await using asking = new Asking(askers);
    for (const [name, signal] of [["one", "SIGTERM"], ["two", "SIGKILL"]] as const) {
      await untilMore(askers, 10);
      const mark = room.mark;
      room.server(name).kill(signal);
      await room.logged(new RegExp(`Server web/${name} is DOWN`), mark);
      await room.server(name).ended();
      await room.start(name, path);
      await room.logged(new RegExp(`Server web/${name} is UP`), mark);
    }
    await untilMore(askers, 10);
    await asking.stop();
  },
);

haproxyTest(
  "a server whose file has changed gets no clients until it is restarted",
  async (scene) => {
    const paths: Partial<Record<ServerName, string>> = {};
    for (const name of SERVERS) paths[name] = await indexed(scene, numberedLines(LINES), name);
    await using room = await HaproxyRoom.open(scene, (name) => paths[name]!);
    const webAskers = connectWebAskers(room);
    await using asking = new Asking(webAskers);
    await untilMore(webAskers, 2);
    let mark = room.mark;
    await Deno.utime(paths.two!, 1, 1);
    await room.logged(/Server lines\/two is DOWN/, mark);
    await room.logged(/Server web\/two is DOWN/, mark);
    await asking.stop();
    const of = await byServer(room, await connectAskers(room, 4));
    assertEquals([of.one.length, of.two.length, of.three.length], [2, 0, 2]);
    mark = room.mark;
    room.server("two").kill("SIGTERM");
    await room.server("two").ended();
    await room.start("two", paths.two!);
    await room.logged(/Server lines\/two is UP/, mark);
    assertEquals((await byServer(room, await connectAskers(room, 2))).two.length, 2);
  },
);
