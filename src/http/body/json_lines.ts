import { isUtf8 } from "node:buffer";
import type { Lines, LineSink } from "../../lines/lines.ts";
import { ReadTurns } from "../../lines/read_turns.ts";
import type { BodyWriter } from "./body_writer.ts";
import { base64Encoder, jsonStringEncoder, toBase64 } from "./json_strings.ts";
import { ExistingLinesSink } from "../read_failure.ts";

/** How the objects of several lines are put together. */
interface Frame {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
}

/** For one line, for one object a line, and for an array. */
const FRAMES: Readonly<Record<JsonShape, Frame>> = {
  object: { head: "", between: "", tail: "\n" },
  ndjson: { head: "", between: "\n", tail: "\n" },
  array: { head: "[\n", between: ",\n", tail: "\n]\n" },
};

/** What JSON is written: one object, one object a line, or an array of objects. */
export type JsonShape = "object" | "ndjson" | "array";

// How many lines are asked for at a time.
const LINES_PER_READ = 1_024;

/**
 * Writes lines as `{"line":5,"text":"…"}`. The bytes of a line that is not UTF-8 are written as
 * `{"line":5,"bytes":"…"}` in Base64.
 *
 * @param numbers of lines that exist
 */
export async function writeJsonLines(
  lines: Lines,
  numbers: Iterable<number>,
  shape: JsonShape,
  writer: BodyWriter,
): Promise<void> {
  const { head, between, tail } = FRAMES[shape];
  const sink = new JsonLines(lines, between, writer);
  writer.append(encode(head));
  for (const some of inParts(numbers)) {
    sink.expect(some);
    await lines.read(some, sink);
  }
  writer.append(encode(tail));
}

function* inParts(numbers: Iterable<number>): Generator<readonly number[]> {
  let part: number[] = [];
  for (const number of numbers) {
    if (part.push(number) < LINES_PER_READ) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

class JsonLines extends ExistingLinesSink {
  readonly #lines: Lines;
  readonly #between: string;
  readonly #writer: BodyWriter;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #numbers: readonly number[] = [];
  #next = 0;
  #isFirst = true;

  constructor(lines: Lines, between: string, writer: BodyWriter) {
    super();
    this.#lines = lines;
    this.#between = between;
    this.#writer = writer;
  }

  /** The lines that come next. */
  expect(numbers: readonly number[]): void {
    this.#numbers = numbers;
    this.#next = 0;
  }

  override line(bytes: Uint8Array, start: number, end: number): void {
    const content = bytes.subarray(start, end);
    const text = this.#tryDecode(content);
    const value = text === undefined
      ? `"bytes":"${toBase64(content)}"`
      : `"text":${JSON.stringify(text)}`;
    this.#writer.append(encode(`${this.#head()}${value}}`));
  }

  // Whether it is UTF-8 is known when it was read once.
  override async longLine(_byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    const lineNumber = this.#numbers[this.#next]!;
    const isText = await isLongUtf8(content);
    const encoder = isText ? jsonStringEncoder() : base64Encoder();
    this.#writer.append(encode(`${this.#head()}"${isText ? "text" : "bytes"}":"`));
    await this.#lines.read([lineNumber], this.#again(encoder));
    this.#writer.append(encode('"}'));
  }

  override flush(): Promise<void> | undefined {
    return this.#writer.flush();
  }

  #again(encoder: TransformStream<Uint8Array, string>): LineSink {
    return {
      line: () => {
        throw new RangeError("A long line became short.");
      },
      longLine: async (_byteLength, content) => {
        for await (const text of content.pipeThrough(encoder)) {
          await this.#writer.send(encode(text));
        }
      },
      missing: (lineNumber) => this.missing(lineNumber),
      failed: (lineNumber, error) => this.failed(lineNumber, error),
      flush: () => undefined,
    };
  }

  #head(): string {
    const between = this.#isFirst ? "" : this.#between;
    this.#isFirst = false;
    return `${between}{"line":${this.#numbers[this.#next++]},`;
  }

  // An exception for each line that is not UTF-8 would take 40 times as long.
  #tryDecode(bytes: Uint8Array): string | undefined {
    return isUtf8(bytes) ? this.#decoder.decode(bytes) : undefined;
  }
}

async function isLongUtf8(content: ReadableStream<Uint8Array>): Promise<boolean> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const turns = new ReadTurns();
  let isText = true;
  // It is read to its end in any case: then all of it is verified before anything is sent.
  for await (const chunk of content) {
    try {
      if (isText) decoder.decode(chunk, { stream: true });
    } catch {
      isText = false;
    }
    await turns.note(chunk.length);
  }
  try {
    decoder.decode();
    return isText;
  } catch {
    return false;
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
