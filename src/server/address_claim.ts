import { keepZone, type ListenerName, ListenError } from "./listener.ts";

/** A socket that holds an address. */
interface BoundSocket {
  readonly addr: { readonly hostname: string; readonly port: number };
  close(): void;
}

/** What a claim needs of the operating system. Both bind without sharing; both take a free port for port 0. */
export interface PortBinder {
  listenTcp(hostname: string, port: number): BoundSocket;
  bindUdp(hostname: string, port: number): BoundSocket;
}

const SYSTEM: PortBinder = {
  listenTcp: (hostname, port) => Deno.listen({ hostname, port }),
  bindUdp(hostname, port) {
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
    return { addr: socket.addr as Deno.NetAddr, close: () => socket.close() };
  },
};

/** How many free ports are tried for port 0, if their UDP ports are in use. */
export const FREE_PORTS_MAX = 20;

/**
 * An address that no other linesvr takes while this one holds it.
 *
 * - Workers share their TCP port, and the operating system would let another linesvr of the same user share it
 *   too. Therefore the process holds the UDP port of the same number, which nobody shares.
 * - The operating system releases it when the process ends, in whatever way.
 * - Two addresses conflict exactly if they would conflict for TCP, such as 0.0.0.0 and 127.0.0.1.
 */
export class AddressClaim implements Disposable {
  /** Numeric, with its zone. A name may stand for several addresses; this is the one that is held. */
  readonly hostname: string;
  /** Never 0. */
  readonly port: number;
  #socket: BoundSocket | undefined;

  constructor(hostname: string, port: number, socket: BoundSocket) {
    this.hostname = hostname;
    this.port = port;
    this.#socket = socket;
  }

  /** Lets another process take the address; doing so twice does nothing. */
  release(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Claims an address, and verifies that nobody listens on it.
 *
 * @param port 0 takes a free one
 * @param name which listener wants it, for messages
 * @throws {ListenError} if the address is in use, or cannot be listened on
 */
export function claimAddress(
  hostname: string,
  port: number,
  binder: PortBinder = SYSTEM,
  name: ListenerName = "tcp",
): AddressClaim {
  const claimer = new Claimer(binder, name);
  return port === 0 ? claimer.claimFreePort(hostname) : claimer.claimPort(hostname, port);
}

class Claimer {
  readonly #binder: PortBinder;
  readonly #name: ListenerName;

  constructor(binder: PortBinder, name: ListenerName) {
    this.#binder = binder;
    this.#name = name;
  }

  claimFreePort(hostname: string): AddressClaim {
    for (let i = 1;; i++) {
      const port = this.#freeTcpPort(hostname);
      try {
        return this.claimPort(hostname, port);
      } catch (error) {
        if (i === FREE_PORTS_MAX || !isInUse(error)) throw error;
      }
    }
  }

  claimPort(hostname: string, port: number): AddressClaim {
    const socket = this.#bindUdp(hostname, port);
    // A name is resolved once, so that the TCP port is that of the same address.
    const address = keepZone(socket.addr.hostname, hostname);
    try {
      this.#listenTcp(address, port).close();
    } catch (error) {
      socket.close();
      throw error;
    }
    return new AddressClaim(address, port, socket);
  }

  #freeTcpPort(hostname: string): number {
    const socket = this.#listenTcp(hostname, 0);
    socket.close();
    return socket.addr.port;
  }

  #bindUdp(hostname: string, port: number): BoundSocket {
    try {
      return this.#binder.bindUdp(hostname, port);
    } catch (error) {
      const name = this.#name;
      if (!(error instanceof Deno.errors.AddrInUse)) {
        throw new ListenError(hostname, port, error, { name });
      }
      // The usual reason is that another server is there, which the TCP port tells.
      this.#listenTcp(hostname, port).close();
      throw new ListenError(hostname, port, error, { name, transport: "udp" });
    }
  }

  #listenTcp(hostname: string, port: number): BoundSocket {
    try {
      return this.#binder.listenTcp(hostname, port);
    } catch (error) {
      throw new ListenError(hostname, port, error, { name: this.#name });
    }
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof ListenError && error.cause instanceof Deno.errors.AddrInUse;
}
