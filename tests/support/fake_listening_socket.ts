import type { AcceptedSocket, ListeningSocket } from "../../src/server/acceptor.ts";
import { FakeSocket } from "./e2e_fake_socket.ts";

/** A listening socket whose clients are the test's. */
export class FakeListeningSocket implements ListeningSocket {
  readonly addr = { hostname: "127.0.0.1", port: 1234 };
  /** How many calls of `accept` there were. */
  accepts = 0;
  closes = 0;
  /** The connections that were accepted. */
  readonly accepted: FakeSocket[] = [];
  readonly #waiting: (FakeSocket | Error)[] = [];
  #arrived = Promise.withResolvers<void>();

  /** Lets a client connect. */
  connect(hostname = "127.0.0.1"): FakeSocket {
    const socket = new FakeSocket();
    socket.remoteAddr = { hostname };
    this.#add(socket);
    return socket;
  }

  /** Lets a call of `accept` fail. */
  fail(error: Error): void {
    this.#add(error);
  }

  async accept(): Promise<AcceptedSocket> {
    this.accepts++;
    while (this.#waiting.length === 0) {
      this.#assertOpen();
      await this.#arrived.promise;
    }
    this.#assertOpen();
    const next = this.#waiting.shift()!;
    if (next instanceof Error) throw next;
    this.accepted.push(next);
    return next;
  }

  close(): void {
    this.#assertOpen();
    this.closes++;
    this.#arrived.resolve();
  }

  #add(next: FakeSocket | Error): void {
    this.#waiting.push(next);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  #assertOpen(): void {
    if (this.closes > 0) throw new Deno.errors.BadResource("Listener has been closed");
  }
}
