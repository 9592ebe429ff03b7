import type { ByteConnection } from "../../src/server/connection.ts";
import { asText, concatBytes, latin1 } from "./e2e_bytes.ts";

/** What a fake socket gives at a read: bytes, the end of the stream, or a failure. */
type Arrival = Uint8Array | null | Error;

/** A socket whose other side is the test. */
export class FakeSocket implements ByteConnection {
  /** How often it was closed. */
  closes = 0;
  /** How often it was said that nothing more will come. */
  writeCloses = 0;
  /** How many reads have begun. */
  reads = 0;
  /** What a write fails with, where it is to fail. */
  writeError: Error | undefined;
  /** How many bytes a write takes at most. */
  writeMaxBytes = Infinity;
  readonly #arrivals: Arrival[] = [];
  readonly #written: Uint8Array[] = [];
  #reader: PromiseWithResolvers<void> | undefined;
  #gate: PromiseWithResolvers<void> | undefined;
  #writing = Promise.withResolvers<void>();

  /** Lets bytes arrive, in one packet. */
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

  /** What was written up to now. */
  get written(): string {
    return asText(this.writtenBytes);
  }

  /** What was written up to now. */
  get writtenBytes(): Uint8Array {
    return concatBytes(this.#written);
  }

  /** How many packets have arrived and were not read. */
  get unread(): number {
    return this.#arrivals.length;
  }

  async read(into: Uint8Array): Promise<number | null> {
    this.reads++;
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
    this.#writing.resolve();
    await this.#gate?.promise;
    if (this.closes > 0) throw new Deno.errors.BadResource("Bad resource ID");
    if (this.writeError !== undefined) throw this.writeError;
    const taken = bytes.slice(0, Math.min(bytes.length, this.writeMaxBytes));
    this.#written.push(taken);
    return taken.length;
  }

  closeWrite(): Promise<void> {
    if (this.closes > 0) throw new Deno.errors.BadResource("Bad resource ID");
    this.writeCloses++;
    return Promise.resolve();
  }

  close(): void {
    if (this.closes > 0) throw new Deno.errors.BadResource("Bad resource ID");
    this.closes++;
    this.#wake();
    this.unblock();
  }

  #wake(): void {
    this.#reader?.resolve();
    this.#reader = undefined;
  }
}
