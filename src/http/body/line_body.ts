import type { Lines } from "../../lines/lines.ts";
import type { Body } from "./body_writer.ts";
import type { Streams } from "./streams.ts";
import { ExistingLinesSink } from "../read_failure.ts";

/** The content of a line, without a terminator. */
export type LineBody = Body & { readonly byteLength: number };

/**
 * Reads one line. A long one is a stream that is read as fast as the client takes it.
 *
 * @param lineNumber 1 to the number of lines
 * @param streams limits the streams
 * @returns no promise if the line is available at once
 * @throws {ReadFailure} (at once, or as a rejection) if it cannot be read
 */
export function readLine(
  lines: Lines,
  lineNumber: number,
  streams: Streams,
): LineBody | Promise<LineBody> {
  const sink = new SingleLine(streams);
  const reading = lines.read([lineNumber], sink);
  if (reading === undefined) return sink.body!;
  return sink.wait(reading);
}

class SingleLine extends ExistingLinesSink {
  body: LineBody | undefined;
  readonly #streams: Streams;
  #opened: PromiseWithResolvers<LineBody> | undefined;

  constructor(streams: Streams) {
    super();
    this.#streams = streams;
  }

  override line(bytes: Uint8Array, start: number, end: number): void {
    this.#open({ kind: "bytes", bytes: bytes.slice(start, end), byteLength: end - start });
  }

  // Resolves when the client has taken the line, or has left.
  override async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    this.#streams.begin();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
        return this.#streams.nextTurn(this);
      },
    });
    this.#open({ kind: "stream", stream: readable, byteLength });
    // A failure reaches the client as a body that is cut off.
    await content.pipeTo(writable).catch(() => {});
    this.#streams.end();
  }

  override flush(): undefined {
    return undefined;
  }

  wait(reading: Promise<void>): Promise<LineBody> {
    const opened = this.#opened = Promise.withResolvers<LineBody>();
    if (this.body !== undefined) opened.resolve(this.body);
    reading.catch((error) => opened.reject(error));
    return opened.promise;
  }

  #open(body: LineBody): void {
    this.body = body;
    this.#opened?.resolve(body);
  }
}
