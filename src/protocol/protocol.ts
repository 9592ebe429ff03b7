import type { Request } from "./request.ts";

/** A byte protocol: how clients ask, and how replies look. */
export interface Protocol {
  /** For people. */
  readonly name: string;
  /**
   * Whether a connection that begins with these bytes speaks the protocol. It is asked again with a longer
   * head while the answer is "need more", for {@linkcode HEAD_MAX_BYTES} at most. Every other answer holds
   * for all longer heads too.
   */
  detect(head: Uint8Array): Detection;
  /** Opens a decoder for one connection. What a client has agreed on, such as a protocol version, lives in it. */
  open(): Decoder;
}

/** A protocol recognizes a head of this length, or refuses it. */
export const HEAD_MAX_BYTES = 1024;

/** An answer to whether a connection speaks a protocol. */
export type Detection = "yes" | "no" | "need more";

/** Turns what a client sends into requests. */
export interface Decoder {
  /**
   * The requests that end in this chunk.
   *
   * @param chunk null at the end of the stream; not used after the call
   */
  decode(chunk: Uint8Array | null): Request[];
}

/**
 * Finds the protocol of a connection.
 *
 * @param protocols tried in order
 * @param head the first bytes of the connection
 * @param isComplete whether no further bytes will come: then a protocol that needs more does not accept them
 * @returns undefined if more bytes are needed to tell
 * @throws {Error} if no protocol accepts the bytes
 */
export function detectProtocol(
  protocols: readonly Protocol[],
  head: Uint8Array,
  isComplete: boolean,
): Protocol | undefined {
  for (const protocol of protocols) {
    const detection = protocol.detect(head);
    if (detection === "yes") return protocol;
    if (detection === "need more" && !isComplete) return undefined;
  }
  throw new Error("Unknown protocol: the client's first bytes are of none.");
}
