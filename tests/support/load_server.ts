import { Buffer } from "node:buffer";

/** Returns the reply to a command without its terminator; `undefined` closes the connection. */
export type Answer = (command: string) => string | undefined;

export interface TestServerOptions {
  answer: Answer;
  /** Splits received bytes into commands, and returns the rest. */
  split?: (received: string, onCommand: (command: string) => void) => string;
  /** The size of each write. */
  chunkBytes?: number;
  /** Called for each command; its promise is awaited before the reply is sent. */
  before?: () => Promise<void> | undefined;
  /** Awaited after each write. */
  gate?: Promise<void>;
}

function splitLines(received: string, onCommand: (command: string) => void): string {
  const commands = received.split("\n");
  const rest = commands.pop()!;
  commands.forEach(onCommand);
  return rest;
}

/** Splits complete RESP arrays into commands, whose words are joined by spaces. */
export function splitResp(received: string, onCommand: (command: string) => void): string {
  const array = /^\*(\d+)\r\n/;
  for (let rest = received;;) {
    const head = array.exec(rest);
    if (head === null) return rest;
    let at = head[0].length;
    const words: string[] = [];
    while (words.length < Number(head[1])) {
      const bulk = /^\$(\d+)\r\n/.exec(rest.slice(at));
      if (bulk === null) return rest;
      const start = at + bulk[0].length;
      at = start + Number(bulk[1]) + 2;
      if (at > rest.length) return rest;
      words.push(rest.slice(start, at - 2));
    }
    onCommand(words.join(" "));
    rest = rest.slice(at);
  }
}

/** Splits HTTP requests without a body into `METHOD PATH`. */
export function splitHttp(received: string, onCommand: (command: string) => void): string {
  const requests = received.split("\r\n\r\n");
  const rest = requests.pop()!;
  for (const request of requests) onCommand(request.split(" HTTP/1.1\r\n")[0]!);
  return rest;
}

/** An HTTP reply with this body; the headers begin with `Content-Length` unless others are given. */
export function httpReply(body: string, status = "200 OK", ...headers: string[]): string {
  const all = headers.length > 0 ? headers : [`Content-Length: ${body.length}`];
  return `HTTP/1.1 ${status}\r\n${all.map((header) => `${header}\r\n`).join("")}\r\n${body}`;
}

/** Answers `GET /lines/N` and `GET /info` with these lines, in HTTP. */
export function httpAnswers(lines: readonly string[]): (command: string) => string {
  return (command) => {
    if (command === "GET /info") return httpReply(JSON.stringify({ lines: lines.length }));
    const line = lines[Number(/^GET \/lines\/(\d+)$/.exec(command)?.[1]) - 1];
    return line === undefined ? httpReply("no", "404 Not Found") : httpReply(line);
  };
}

/** A server on a free port. Its text is latin1, so that it can contain any byte. */
export class TestServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #options: TestServerOptions;
  readonly #accepting: Promise<void>;
  readonly #firstByteSent = Promise.withResolvers<void>();
  connectionCount = 0;
  requestCount = 0;

  constructor(options: TestServerOptions | Answer) {
    this.#options = typeof options === "function" ? { answer: options } : options;
    this.#accepting = this.#accept();
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Resolves after the first write. */
  get firstByteSent(): Promise<void> {
    return this.#firstByteSent.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const open: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      this.connectionCount++;
      open.push(this.#serve(conn).catch(() => {}).finally(() => conn.close()));
    }
    await Promise.all(open);
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    const { answer, split = splitLines } = this.#options;
    const buffer = new Uint8Array(65_536);
    let received = "";
    for (;;) {
      const byteCount = await conn.read(buffer);
      if (byteCount === null) return;
      received += Buffer.from(buffer.subarray(0, byteCount)).toString("latin1");
      const replies: (string | undefined)[] = [];
      received = split(received, (command) => replies.push(answer(command)));
      this.requestCount += replies.length;
      for (const _ of replies) await this.#options.before?.();
      const end = replies.indexOf(undefined);
      await this.#write(conn, replies.slice(0, end < 0 ? undefined : end).join(""));
      if (end >= 0) return;
    }
  }

  async #write(conn: Deno.Conn, text: string): Promise<void> {
    const { chunkBytes = 65_536, gate } = this.#options;
    const bytes = Buffer.from(text, "latin1");
    for (let at = 0; at < bytes.length;) {
      at += await conn.write(bytes.subarray(at, at + chunkBytes));
      this.#firstByteSent.resolve();
      await gate;
    }
  }
}

/** Answers GET and MGET with these lines, in the line protocol. */
export function answersOf(lines: readonly string[]): (command: string) => string {
  return (command) => {
    const [, ...numbers] = command.split(" ");
    return numbers.map((number) => `OK\n${lines[Number(number) - 1]}\n`).join("");
  };
}

/** Answers DBSIZE, SET, GET and MGET as Redis does. */
export function redisAnswers(keys: Map<string, string>): Answer {
  return (command) => {
    const [verb, key = ""] = command.split(" ", 2);
    if (verb === "DBSIZE") return `:${keys.size}\r\n`;
    if (verb === "SET") {
      keys.set(key, command.slice("SET ".length + key.length + 1));
      return "+OK\r\n";
    }
    const [, ...wanted] = command.split(" ");
    const values = wanted.map((name) => keys.get(name)).map((value) =>
      value === undefined ? "$-1\r\n" : `$${value.length}\r\n${value}\r\n`
    );
    return (verb === "MGET" ? `*${values.length}\r\n` : "") + values.join("");
  };
}

/** A hundred lines of different lengths. */
export const HUNDRED: readonly string[] = Array.from(
  { length: 100 },
  (_, i) => `line ${i + 1} ${"x".repeat(i)}`,
);

/** The same lines as a file. */
export const HUNDRED_TEXT: string = HUNDRED.map((line) => `${line}\n`).join("");
