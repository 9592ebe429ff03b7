import { asText, latin1 } from "./e2e_bytes.ts";

/** One connection of a {@linkcode StubServer}, seen from the server. */
export class StubConnection {
  readonly #socket: Deno.TcpConn;
  #received = "";
  #isClosed = false;

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  /** Waits for something and gives all that has come and was not taken; empty at the end. */
  async receive(): Promise<string> {
    await this.#readMore();
    const received = this.#received;
    this.#received = "";
    return received;
  }

  /** Waits for a command and gives it without its LF; undefined at the end of the stream. */
  async command(): Promise<string | undefined> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const command = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 1);
        return command;
      }
      if (!await this.#readMore()) return undefined;
    }
  }

  /** Waits for so many `GET` and gives their line numbers; fewer where the stream ends before. */
  async requests(count: number): Promise<number[]> {
    const numbers: number[] = [];
    while (numbers.length < count) {
      const command = await this.command();
      if (command === undefined) break;
      numbers.push(Number(/^GET (\d+)$/.exec(command)?.[1]));
    }
    return numbers;
  }

  /** Sends all of it. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? latin1(data) : data;
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#socket.write(bytes.subarray(sent));
    }
  }

  /** Ends the stream of replies; the client can still send. */
  endSending(): Promise<void> {
    return this.#socket.closeWrite();
  }

  /** Waits until the client has closed. */
  async closed(): Promise<void> {
    while (await this.#readMore());
  }

  /** Ends the connection; doing so twice does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  async #readMore(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const bytes = await this.#socket.read(buffer).catch(() => null);
    if (bytes !== null) this.#received += asText(buffer.subarray(0, bytes));
    return bytes !== null;
  }
}

/** A server that does what the test says, right or wrong. */
export class StubServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #connections: StubConnection[] = [];
  readonly #work: Promise<void>[] = [];
  readonly #accepting: Promise<void>;

  /**
   * Begins to listen.
   *
   * @param serve Serves one connection, which is closed when it resolves. Connections count from 0.
   */
  constructor(serve: (connection: StubConnection, index: number) => Promise<void>, port = 0) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#accepting = this.#accept(serve);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** How many connections were made. */
  get connectionCount(): number {
    return this.#connections.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#accepting;
    await Promise.all(this.#work);
  }

  async #accept(serve: (connection: StubConnection, index: number) => Promise<void>) {
    for await (const socket of this.#listener) {
      const connection = new StubConnection(socket);
      const index = this.#connections.push(connection) - 1;
      this.#work.push(serve(connection, index).finally(() => connection.close()));
    }
  }
}
