import type { ServerAddress } from "../server_address.ts";

/** A TCP connection as the client uses it. One read and one write may be pending at a time. */
export interface ClientSocket {
  /** Returns the number of received bytes, 1 or more; `null` at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>;
  /** Returns the number of sent bytes, 1 or more; the bytes must not be modified before that. */
  write(bytes: Uint8Array): Promise<number>;
  /** Pending reads and writes fail. Must be called once. */
  close(): void;
}

/**
 * Opens connections with the functions of one runtime. Sockets send small writes at once (no Nagle
 * algorithm), and stay open for writing when the server ends its side.
 */
export interface Transport {
  /** Rejects with the system's error; aborting the signal rejects with the signal's reason. */
  connect(address: ServerAddress, signal: AbortSignal): Promise<ClientSocket>;
}
