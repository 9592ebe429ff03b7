import type { AcceptedSocket } from "../../src/server/acceptor.ts";
import { asText, concatBytes, latin1 } from "./e2e_bytes.ts";

/** What a read returns: bytes, the end of the stream, or a failure. */
type Arrival = Uint8Array | null | Error;

/** A socket whose other side is the test. */
export class FakeSocket implements AcceptedSocket {
  remoteAddr: { readonly hostname: string } = { hostname: "127.0.0.1" };
  /** How many times `setNoDelay` was called. */
  noDelays = 0;
  /** How many times `setKeepAlive` was called. */
  keepAlives = 0;
  /** If set, `setNoDelay` fails with it. */
  setNoDelayError: Error | undefined;
  /** How many times it was closed. */
  closes = 0;
  /** How many times the writing side was closed. */
  writeCloses = 0;
  /** How many reads have begun. */
  reads = 0;
  /** If set, writes fail with it. */
  writeError: Error | undefined;
  /** If set, closing the writing side fails with it. */
  closeWriteError: Error | undefined;
  /** Called after each write. */
  onWrite: (() => void) | undefined;
  /** The most bytes that one write accepts. */
  writeMaxBytes = Infinity;
  #isReading = false;
  #isWriting = false;
  readonly #arrivals: Arrival[] = [];
  readonly #written: Uint8Array[] = [];
  #reader: PromiseWithResolvers<void> | undefined;
  #gate: PromiseWithResolvers<void> | undefined;
  #writing = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();

  /** Lets bytes arrive, one packet for each argument. */
  arrive(...packets: (string | Uint8Array)[]): this {
    for (const packet of packets) {
      this.#arrivals.push(typeof packet === "string" ? latin1(packet) : packet);
    }
    this.#wake();
    return this;
  }

  /** Lets the stream end. */
  end(): this {
    this.#arrivals.push(null);
    this.#wake();
    return this;
  }

  /** Lets the next read fail. */
  fail(error: Error): this {
    this.#arrivals.push(error);
    this.#wake();
    return this;
  }

  /** Lets writes wait from now on. */
  block(): this {
    this.#gate ??= Promise.withResolvers();
    return this;
  }

  /** Lets writes go on. */
  unblock(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Resolves when a write has begun. */
  get writing(): Promise<void> {
    return this.#writing.promise;
  }

  /** Resolves when it is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** What was written up to now, one character for each byte. */
  get written(): string {
    return asText(this.writtenBytes);
  }

  /** What was written up to now. */
  get writtenBytes(): Uint8Array {
    return concatBytes(this.#written);
  }

  /** How many writes there were. */
  get writes(): number {
    return this.#written.length;
  }

  /** How many packets have arrived and were not read. */
  get unread(): number {
    return this.#arrivals.length;
  }

  setNoDelay(): void {
    if (this.setNoDelayError !== undefined) throw this.setNoDelayError;
    this.noDelays++;
  }

  setKeepAlive(): void {
    this.keepAlives++;
  }

  async read(into: Uint8Array): Promise<number | null> {
    this.reads++;
    if (this.#isReading) throw new Error("Two reads at a time");
    this.#isReading = true;
    try {
      return await this.#read(into);
    } finally {
      this.#isReading = false;
    }
  }

  async #read(into: Uint8Array): Promise<number | null> {
    while (this.#arrivals.length === 0) {
      if (this.closes > 0) throw new Deno.errors.Interrupted("closed");
      this.#reader = Promise.withResolvers();
      await this.#reader.promise;
    }
    if (this.closes > 0) throw new Deno.errors.BadResource("Bad resource ID");
    const arrival = this.#arrivals.shift()!;
    if (arrival instanceof Error) throw arrival;
    if (arrival === null) {
      this.#arrivals.unshift(null);
      return null;
    }
    const taken = arrival.subarray(0, into.length);
    into.set(taken);
    if (taken.length < arrival.length) this.#arrivals.unshift(arrival.subarray(taken.length));
    return taken.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#isWriting) throw new Error("Two writes at a time");
    this.#isWriting = true;
    try {
      return await this.#write(bytes);
    } finally {
      this.#isWriting = false;
    }
  }

  async #write(bytes: Uint8Array): Promise<number> {
    this.#writing.resolve();
    await this.#gate?.promise;
    if (this.closes > 0) throw new Deno.errors.BadResource("Bad resource ID");
    if (this.writeError !== undefined) throw this.writeError;
    const taken = bytes.slice(0, Math.min(bytes.length, this.writeMaxBytes));
    this.#written.push(taken);
    this.onWrite?.();
    return taken.length;
  }

  async closeWrite(): Promise<void> {
    await Promise.resolve();
    if (this.closeWriteError !== undefined) throw this.closeWriteError;
    if (this.closes > 0) throw new Deno.errors.BadResource("Bad resource ID");
    this.writeCloses++;
  }

  close(): void {
    if (this.closes > 0) throw new Deno.errors.BadResource("Bad resource ID");
    this.closes++;
    this.#wake();
    this.unblock();
    this.#closed.resolve();
  }

  #wake(): void {
    this.#reader?.resolve();
    this.#reader = undefined;
  }
}
