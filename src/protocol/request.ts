import type { LineEncoder, RangeEncoder } from "./encoders.ts";

/**
 * What a client can ask for, whatever the protocol. Closed: what only one protocol knows, such as a wrong
 * command or a PING, is a `reply` that its decoder encoded itself. A request for lines says how its replies
 * are encoded, because that can change within a connection.
 */
export type Request =
  /** Lines, in this order. Out of range numbers are allowed: they are missing. */
  | {
    readonly kind: "lines";
    readonly numbers: readonly number[];
    readonly encoder: LineEncoder;
  }
  /** The lines `from` to `to`, 1 ≤ from ≤ to ≤ number of lines. */
  | {
    readonly kind: "range";
    readonly from: number;
    readonly to: number;
    readonly encoder: RangeEncoder;
  }
  /** Bytes to send as they are. */
  | { readonly kind: "reply"; readonly bytes: Uint8Array }
  /** The end of the connection, once everything before was sent. */
  | { readonly kind: "close" }
  /** The end of the server; `refusal` is the reply to a client that may not ask for it. */
  | { readonly kind: "shutdown"; readonly refusal: Uint8Array };

/** The only request that closes a connection. */
export const CLOSE: Request = { kind: "close" };
