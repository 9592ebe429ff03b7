import type { Lines, LineSink, RangeSink } from "../../src/lines/lines.ts";
import type { LineFile } from "../../src/lines/line_files.ts";
import { latin1 } from "./e2e_bytes.ts";

/** What a line of {@linkcode FakeLines} is: its content, a long line in chunks, or why it cannot be read. */
export type FakeLine = string | { readonly chunks: readonly (string | Error)[] } | Error;

/** Lines in memory. Lines that the test holds have to be awaited; all others are handed over at once. */
export class FakeLines implements Lines {
  readonly count: number;
  readonly files: readonly LineFile[];
  /** The numbers of each call of `read`, in order. */
  readonly asked: (readonly number[])[] = [];
  /** How many lines were handed over. */
  delivered = 0;
  /** If set, `read` throws it. */
  bug: Error | undefined;
  readonly #lines: readonly FakeLine[];
  readonly #encoded = new Map<string, Uint8Array>();
  readonly #gates = new Map<number, PromiseWithResolvers<void>>();

  /** @param files by default one */
  constructor(lines: readonly FakeLine[], files?: readonly LineFile[]) {
    this.#lines = lines;
    this.count = lines.length;
    this.files = files ?? [{ name: "text.txt", firstLine: 1, lines: lines.length, bytes: 1234 }];
  }

  /** Lets these lines wait until they are released. */
  hold(...numbers: number[]): this {
    for (const number of numbers) this.#gates.set(number, Promise.withResolvers());
    return this;
  }

  /** Releases a held line, or lets the call of `read` that waits for it fail. */
  release(number: number, error?: Error): void {
    const gate = this.#gates.get(number)!;
    this.#gates.delete(number);
    if (error === undefined) gate.resolve();
    else gate.reject(error);
  }

  read(numbers: readonly number[], sink: LineSink): Promise<void> | undefined {
    if (this.bug !== undefined) throw this.bug;
    this.asked.push([...numbers]);
    for (let i = 0; i < numbers.length; i++) {
      const pending = this.#handOver(numbers[i]!, sink);
      if (pending !== undefined) return this.#readRest(numbers.slice(i + 1), pending, sink);
    }
    return undefined;
  }

  // Each line is a chunk of its own.
  async range(from: number, to: number, sink: RangeSink): Promise<void> {
    if (this.bug !== undefined) throw this.bug;
    for (let number = from; number <= to; number++) {
      await this.#gates.get(number)?.promise;
      const line = this.#lines[number - 1]!;
      this.delivered++;
      if (line instanceof Error) {
        if (number > from) throw line;
        return sink.failed(line);
      }
      if (typeof line === "string") await sink.lines(latin1(`${line}\n`), line.includes("\r"));
      else await sink.longLine(lengthOf(line.chunks), this.#streamOf(line.chunks));
    }
  }

  // Encoding takes longer than all that the tests do with the bytes.
  #encode(text: string): Uint8Array {
    const encoded = this.#encoded.get(text) ?? latin1(text);
    this.#encoded.set(text, encoded);
    return encoded;
  }

  // Chunks are made when they are pulled.
  #streamOf(chunks: readonly (string | Error)[]): ReadableStream<Uint8Array> {
    let next = 0;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const chunk = chunks[next++];
        if (chunk === undefined) controller.close();
        else if (chunk instanceof Error) controller.error(chunk);
        else controller.enqueue(this.#encode(chunk).slice());
      },
    }, { highWaterMark: 0 });
  }

  async #readRest(
    numbers: readonly number[],
    pending: Promise<void>,
    sink: LineSink,
  ): Promise<void> {
    await pending;
    for (const number of numbers) await this.#handOver(number, sink);
  }

  #handOver(number: number, sink: LineSink): Promise<void> | undefined {
    const gate = this.#gates.get(number);
    if (gate !== undefined) return gate.promise.then(() => this.#deliver(number, sink));
    return this.#deliver(number, sink);
  }

  #deliver(number: number, sink: LineSink): Promise<void> | undefined {
    const line = this.#lines[number - 1];
    this.delivered++;
    if (line === undefined) sink.missing(number);
    else if (line instanceof Error) sink.failed(number, line);
    else if (typeof line !== "string") {
      return sink.longLine(lengthOf(line.chunks), this.#streamOf(line.chunks));
    } else {
      // A sink must not use the bytes around the line, nor the line after the call.
      const bytes = this.#encode(`??${line}??`).slice();
      sink.line(bytes, 2, bytes.length - 2);
      bytes.fill(0x21);
    }
    return sink.flush();
  }
}

function lengthOf(chunks: readonly (string | Error)[]): number {
  return chunks.reduce((sum, chunk) => sum + (typeof chunk === "string" ? chunk.length : 0), 0);
}
