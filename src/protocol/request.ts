/**
 * What a client can ask for, whatever the protocol. Closed: what only one protocol knows, such as a wrong
 * command or a PING, is a `reply` that its decoder encoded itself.
 */
export type Request =
  /** Lines, in this order. Out of range numbers are allowed: they are missing. */
  | { readonly kind: "lines"; readonly numbers: readonly number[] }
  /** Bytes to send as they are. */
  | { readonly kind: "reply"; readonly bytes: Uint8Array }
  /** The end of the connection, once everything before was sent. */
  | { readonly kind: "close" }
  /** The end of the server. */
  | { readonly kind: "shutdown" };

/** The only request that closes a connection. */
export const CLOSE: Request = { kind: "close" };

/** The only request that stops the server. */
export const SHUTDOWN: Request = { kind: "shutdown" };
