import { connect, type Socket } from "node:net";
import type { ClientSocket, Transport } from "./transport.ts";

/** The sockets of `node:net`, for Node.js and Bun. */
export const nodeTransport: Transport = {
  async connect({ hostname, port }, signal) {
    signal.throwIfAborted();
    const socket = connect({ host: hostname, port, noDelay: true, allowHalfOpen: true });
    const abort = () => void socket.destroy(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve).once("error", reject);
      });
      return new NodeSocket(socket);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  },
};

class NodeSocket implements ClientSocket {
  readonly #socket: Socket;
  #failure: Error | undefined;
  #isEnded = false;
  #wake = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    // While there is a listener for "readable", the socket buffers no more than its high-water mark.
    socket.on("readable", () => this.#wake());
    socket.on("end", () => {
      this.#isEnded = true;
      this.#wake();
    });
    socket.on("error", (error) => this.#failure = error);
    socket.on("close", () => this.#wake());
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk = this.#socket.read(Math.min(into.length, this.#socket.readableLength));
      if (chunk !== null) {
        into.set(chunk);
        return chunk.length;
      }
      if (this.#isEnded) return null;
      if (this.#socket.destroyed) throw this.#failure ?? new Error("The connection is closed");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
