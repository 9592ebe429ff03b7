import { REMOTE_BLOCK_BYTES } from "./remote_location.ts";
import { hashSamples } from "../fingerprint.ts";
import type { FileIdentity } from "../local/file_identity.ts";
import { formatCount } from "../messages.ts";
import { TextError, type TextSource } from "../text_source.ts";
import { openEndpoint, policyOf, type RemoteOptions } from "./open_endpoint.ts";
import { identityOfObject, type ObjectState } from "./object_state.ts";
import { readRange, readState, revalidate } from "./range_request.ts";
import { RemoteChange, RemoteFailure, toRemoteError } from "./remote_failure.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RequestPolicy } from "./request_policy.ts";
import { type RangeReader, type RequestQueue, THREAD_QUEUE } from "./request_queue.ts";

/** How long an object is trusted to be unchanged after an answer has shown that it is. */
export const REVALIDATE_MS = 5_000;

/** How a remote file is opened. */
export interface RemoteTextOptions extends RemoteOptions {
  /**
   * An earlier state of the file. If the file has changed since then, it is not opened.
   *
   * @default {any}
   */
  readonly since?: FileIdentity | undefined;
  /** @default {the queue of this thread} */
  readonly queue?: RequestQueue;
  /** How long an object is trusted, in milliseconds. @default {REVALIDATE_MS} */
  readonly revalidateMs?: number;
  /** A clock, in milliseconds. @default {performance.now} */
  readonly nowMs?: () => number;
}

/**
 * An object in S3, or a file of a web server that answers ranges.
 *
 * - It counts as changed once an answer has another ETag or size, or it is gone. That is final.
 * - Every answer is compared with the state in which the object was opened, so bytes of two states never mix.
 * - A read asks for exactly its range, except if it is joined with others while it waits.
 */
export class RemoteText implements TextSource, RangeReader {
  readonly isRemote = true;
  readonly blockBytes: number = REMOTE_BLOCK_BYTES;
  readonly identity: FileIdentity;
  /** The first 48 bits of the SHA-256 of the ETag. */
  readonly versionStamp: number | undefined;
  readonly #endpoint: Endpoint;
  readonly #state: ObjectState;
  readonly #policy: RequestPolicy;
  readonly #queue: RequestQueue;
  readonly #revalidateMs: number;
  readonly #abort = new AbortController();
  readonly #nowMs: () => number;
  // When an answer last came, or was waited for in vain.
  #seenMs: number;
  #change: Error | undefined;
  #revalidating: Promise<void> | undefined;
  #isClosed = false;

  private constructor(
    endpoint: Endpoint,
    state: ObjectState,
    version: number | undefined,
    policy: RequestPolicy,
    options: RemoteTextOptions,
  ) {
    this.#endpoint = endpoint;
    this.#state = state;
    this.#policy = policy;
    this.#queue = options.queue ?? THREAD_QUEUE;
    this.#revalidateMs = options.revalidateMs ?? REVALIDATE_MS;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#seenMs = this.#nowMs();
    this.identity = identityOfObject(state);
    this.versionStamp = version;
  }

  /**
   * Asks the server for the state of a file.
   *
   * @param location `s3://bucket/key`, or a URL of HTTP
   * @throws {TextError} (as a rejection) if it cannot be read, the server does not answer ranges or tells no state,
   * or the file has changed `since` an earlier state
   */
  static async open(location: string, options: RemoteTextOptions = {}): Promise<RemoteText> {
    const endpoint = openEndpoint(location, options);
    const policy = policyOf(options);
    try {
      const state = await readState(endpoint, policy, options.signal);
      assertTells(state);
      assertSince(options.since, identityOfObject(state));
      return new RemoteText(endpoint, state, await versionOf(state), policy, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw toRemoteError("read", endpoint.name, error);
    }
  }

  get name(): string {
    return this.#endpoint.name;
  }

  get size(): number {
    return this.#state.size;
  }

  /** Reads nothing, because every read waits for the server. */
  tryRead(into: Uint8Array, offset: number): boolean {
    this.#assertReadable(into, offset);
    return into.length === 0;
  }

  async read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#assertReadable(into, offset);
    if (into.length === 0) return;
    if (this.#change !== undefined) throw this.#change;
    try {
      await this.#queue.read(this, into, offset, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#note(error);
    }
  }

  /** For the queue. */
  async readRange(into: Uint8Array, offset: number, signal: AbortSignal): Promise<void> {
    await readRange(this.#endpoint, this.#state, into, offset, this.#policy, signal);
    this.#seenMs = this.#nowMs();
  }

  fingerprint(signal?: AbortSignal): Promise<Uint8Array> {
    return hashSamples(this, signal);
  }

  /**
   * Throws once an answer has shown a change. If no answer has shown the contrary for a while, the server is asked in
   * the background. While the server cannot be reached, nothing is known of a change.
   */
  check(): void {
    if (this.#change !== undefined) throw this.#change;
    if (this.#isClosed || this.#revalidating !== undefined) return;
    if (this.#nowMs() - this.#seenMs < this.#revalidateMs) return;
    this.#revalidating = this.#revalidate().finally(() => this.#revalidating = undefined);
  }

  /** Aborts the requests that run, and waits for their end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const error = this.#closedError();
    this.#abort.abort(error);
    await this.#queue.close(this, error);
    await this.#revalidating;
  }

  async #revalidate(): Promise<void> {
    // It is asked again soon, so it need not be insisted on.
    const policy = { ...this.#policy, attemptsMax: 1 };
    try {
      await revalidate(this.#endpoint, this.#state, policy, this.#abort.signal);
    } catch (error) {
      if (!this.#isClosed) this.#note(error);
    }
    this.#seenMs = this.#nowMs();
  }

  #note(error: unknown): Error {
    const noted = toRemoteError("read", this.name, error);
    if (error instanceof RemoteChange) this.#change ??= noted;
    return noted;
  }

  #assertReadable(into: Uint8Array, offset: number): void {
    if (this.#isClosed) throw this.#closedError();
    const end = offset + into.length;
    if (offset >= 0 && end <= this.size) return;
    throw new RangeError(`Cannot read bytes ${offset} to ${end} of ${this.size}: ${this.name}`);
  }

  #closedError(): TextError {
    return new TextError(`Cannot read file: ${this.name} (it is closed).`);
  }
}

function assertTells({ etag, lastModified }: ObjectState): void {
  if (etag !== undefined || lastModified !== undefined) return;
  throw new RemoteFailure("the server gives no ETag, so a change would not be noticed", {
    remedy: "Copy the file to a server that does, or to a disk.",
  });
}

function assertSince(before: FileIdentity | undefined, now: FileIdentity): void {
  if (before === undefined) return;
  if (before.size !== now.size) {
    const sizes = `${formatCount(now.size)} bytes, not ${formatCount(before.size)}`;
    throw new RemoteChange(`it has ${sizes}`);
  }
  if (before.inode !== now.inode) throw new RemoteChange("its ETag is another one");
}

// The first 48 bits of a SHA-256, which a double holds exactly.
async function versionOf({ etag }: ObjectState): Promise<number | undefined> {
  if (etag === undefined) return undefined;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(etag));
  const view = new DataView(hash);
  return view.getUint32(0) * 2 ** 16 + view.getUint16(4);
}
