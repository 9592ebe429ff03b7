/**
 * Where bytes come from. A new kind of source is one more implementation, and one more case in `openText`.
 *
 * @module
 */
import type { FileIdentity } from "./local/file_identity.ts";

/** The byte that ends a line. */
export const LF = 10;

/** The byte that belongs to the line's terminator if it comes right before the LF. */
export const CR = 13;

/** Bytes that can be read at any offset. Its size is fixed when it is opened. */
export interface ByteSource extends AsyncDisposable {
  /** A path or an address, for messages. */
  readonly name: string;
  /**
   * Whether every read waits for another machine, which answers many side by side.
   *
   * @default {false}
   */
  readonly isRemote?: boolean;
  /** How many bytes there are; the uncompressed bytes of a compressed file. */
  readonly size: number;
  /**
   * Fills `into` if that does not block.
   *
   * @param offset of the first byte; `offset + into.length` is at most `size`
   * @returns false if it would block: `into` is unchanged then, and {@linkcode read} is to be awaited
   * @throws {Error} if the bytes cannot be read; the message is one line for people
   */
  tryRead(into: Uint8Array, offset: number): boolean;
  /**
   * Fills `into`. The source limits how many reads run at a time; further ones wait in order.
   *
   * @param offset of the first byte; `offset + into.length` is at most `size`
   * @throws {Error} (as a rejection) if the bytes cannot be read; the message is one line for people
   */
  read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void>;
  /**
   * Throws if what was opened cannot be read any more, because something else is in its place.
   *
   * @default {a file that is open stays what it is}
   */
  check?(): void;
}

/** A text: bytes that an index is built from, and that may change underneath. */
export interface TextSource extends ByteSource {
  /** The state in which it was opened. Plain data: another thread can open the same text `since` it. */
  readonly identity: FileIdentity;
  /**
   * A number that every later change of the content changes: the modification time of a local file in milliseconds since
   * 1970; of a remote file, a number made of its ETag.
   *
   * Undefined if there is no such number: the time is in the future, unknown, or so recent that another change could have
   * the same time; or the server gives no strong ETag.
   */
  readonly versionStamp: number | undefined;
  /** The unit worth caching, in bytes. */
  readonly blockBytes: number;
  /**
   * Called with the parts of the text that were unpacked: that costs so much that all of a part is worth caching.
   *
   * @default {nothing is unpacked}
   */
  onUnpacked?: (offset: number, bytes: Uint8Array) => void;
  /**
   * Identifies the content: what an index is bound to. Copying or touching a file does not change it.
   *
   * @returns {@linkcode FINGERPRINT_BYTES} bytes
   * @throws {TextError} (as a rejection) if the text cannot be read
   */
  fingerprint(signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Verifies that the text is still the one that was opened. Cheap enough to be called for every batch.
   *
   * @param nowMs `performance.now()`, if the caller has just asked for it
   * @throws {TextError} if it is not, or if that cannot be found out
   */
  check(nowMs?: number): void;
}

/** The text cannot be read, or is not what its index says. The message is one line for people. */
export class TextError extends Error {
  override readonly name = "TextError";
}
