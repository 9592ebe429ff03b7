import type { ReplyFormat } from "./reply_format.ts";
import type { Splitter } from "./splitter.ts";

/** A protocol that a connection can speak: bytes to commands, and replies to bytes. */
export interface Protocol {
  /** The protocol's name, for people. */
  readonly name: string;
  /** Whether a connection whose first byte this is speaks the protocol. */
  accepts(firstByte: number): boolean;
  /** Makes what splits one connection's bytes into commands. */
  createSplitter(): Splitter;
  /** How its replies look. */
  readonly replies: ReplyFormat;
}

/**
 * Finds the protocol that a connection speaks.
 *
 * @param protocols the first that accepts the byte is taken; the last must accept any
 * @param firstByte what the client sent first
 * @throws {Error} where none accepts the byte
 */
export function chooseProtocol(protocols: readonly Protocol[], firstByte: number): Protocol {
  const chosen = protocols.find((protocol) => protocol.accepts(firstByte));
  if (chosen === undefined) throw new Error(`No protocol accepts the first byte: ${firstByte}`);
  return chosen;
}
