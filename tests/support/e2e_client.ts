import { asText, concatBytes, latin1 } from "./e2e_bytes.ts";

const READ_BYTES = 64 * 1024;

/** A client that sends and receives raw bytes. */
export class Client implements Disposable {
  readonly #socket: Deno.TcpConn;
  #isClosed = false;
  // What was received and not returned yet.
  #held: Uint8Array = new Uint8Array(0);

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  static async connect(port: number, hostname = "127.0.0.1"): Promise<Client> {
    const socket = await Deno.connect({ hostname, port });
    socket.setNoDelay(true);
    return new Client(socket);
  }

  /** The port of this side of the connection. */
  get localPort(): number {
    return this.#socket.localAddr.port;
  }

  /** Sends all of the bytes; waits while the server does not read them. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? latin1(data) : data;
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#socket.write(bytes.subarray(sent));
    }
  }

  /** Ends this side of the connection. */
  async endSending(): Promise<void> {
    await this.#socket.closeWrite();
  }

  /** Reads some bytes; `null` at the end of the stream. */
  async read(): Promise<Uint8Array | null> {
    if (this.#held.length > 0) {
      const held = this.#held;
      this.#held = new Uint8Array(0);
      return held;
    }
    const buffer = new Uint8Array(READ_BYTES);
    const bytes = await this.#socket.read(buffer);
    return bytes === null ? null : buffer.subarray(0, bytes);
  }

  /** Reads that many bytes, or fewer if the stream ends before. */
  async readBytes(count: number): Promise<Uint8Array> {
    const all = new Uint8Array(count);
    let got = 0;
    while (got < count) {
      const chunk = await this.read();
      if (chunk === null) return all.subarray(0, got);
      const taken = chunk.subarray(0, count - got);
      all.set(taken, got);
      got += taken.length;
      this.#held = chunk.subarray(taken.length);
    }
    return all;
  }

  /** Reads to the end of the stream. */
  async readAll(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      chunks.push(chunk);
    }
    return concatBytes(chunks);
  }

  /** Reads up to the next LF, or to the end of the stream. */
  async readLine(): Promise<string> {
    const chunks: Uint8Array[] = [];
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      const lf = chunk.indexOf(10);
      chunks.push(lf < 0 ? chunk : chunk.subarray(0, lf));
      if (lf < 0) continue;
      this.#held = chunk.subarray(lf + 1);
      break;
    }
    return asText(concatBytes(chunks));
  }

  /** Sends one command and reads `lines` lines of reply. */
  async ask(command: string, lines: number): Promise<string[]> {
    await this.send(`${command}\n`);
    const replies: string[] = [];
    for (let i = 0; i < lines; i++) replies.push(await this.readLine());
    return replies;
  }

  /** Closes the connection; if something is unread, the operating system resets it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
