import type { Lines } from "../../lines/lines.ts";
import { ReadTurns } from "../../lines/read_turns.ts";
import { type Body, BodyWriter } from "./body_writer.ts";
import type { Streams } from "./streams.ts";
import { TextLines } from "./text_lines.ts";
import { ExistingLinesSink } from "../read_failure.ts";

/** How many lines a page has, except the last one. */
export const LINES_PER_HTTP_PAGE = 1_024;

/** How much of a line a page has at most. */
export const PAGE_LINE_MAX_BYTES: number = 64 * 1024;

// A larger page is read twice, so that its head can name the lines that are cut.
const COLLECTED_MAX_BYTES: number = 1024 * 1024;

const LF = Uint8Array.of(10);

/** A page, and the lines of it that are cut. */
export interface Page {
  readonly body: Body;
  /** Their numbers, in order. */
  readonly cutLines: readonly number[];
}

/** How many pages there are. */
export function pageCount(lineCount: number): number {
  return Math.ceil(lineCount / LINES_PER_HTTP_PAGE);
}

/**
 * Reads a page: its lines, each followed by LF.
 *
 * @param page 0 or more, less than {@linkcode pageCount}
 * @param streams limits the streams
 * @throws {ReadFailure} (as a rejection) if it cannot be read
 */
export async function readPage(
  lines: Lines,
  page: number,
  streams: Streams,
): Promise<Page> {
  const first = page * LINES_PER_HTTP_PAGE + 1;
  const length = Math.min(LINES_PER_HTTP_PAGE, lines.count - first + 1);
  const numbers = Array.from({ length }, (_, i) => first + i);
  const collected = new CollectedPage(numbers);
  await lines.read(numbers, collected);
  const { cutLines } = collected;
  const bytes = collected.takeBytes();
  if (bytes !== undefined) return { body: { kind: "bytes", bytes }, cutLines };
  const body = await BodyWriter.open(
    (writer) => lines.read(numbers, new StreamedPage(writer)),
    streams,
  );
  return { body, cutLines };
}

/** Collects a page; drops its bytes if they become too many. */
class CollectedPage extends ExistingLinesSink {
  readonly cutLines: number[] = [];
  readonly #numbers: readonly number[];
  #bytes = new Uint8Array(32 * 1024);
  #length = 0;
  #next = 0;
  readonly #turns = new ReadTurns();
  // What was read since the last line after which there could be a pause.
  #newBytes = 0;

  constructor(numbers: readonly number[]) {
    super();
    this.#numbers = numbers;
  }

  /** The page; undefined if it is large. */
  takeBytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.#length > COLLECTED_MAX_BYTES ? undefined : this.#bytes.subarray(0, this.#length);
  }

  override line(bytes: Uint8Array, start: number, end: number): void {
    this.#next++;
    this.#append(bytes.subarray(start, end));
  }

  override async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    const lineNumber = this.#numbers[this.#next++]!;
    if (byteLength > PAGE_LINE_MAX_BYTES) this.cutLines.push(lineNumber);
    this.#append(await readHead(content));
  }

  override flush(): Promise<void> | undefined {
    const bytes = this.#newBytes;
    this.#newBytes = 0;
    return this.#turns.note(bytes);
  }

  #append(line: Uint8Array): void {
    this.#newBytes += line.length;
    const at = this.#length;
    this.#length += line.length + LF.length;
    if (this.#length > COLLECTED_MAX_BYTES) {
      this.#bytes = new Uint8Array();
      return;
    }
    if (this.#length > this.#bytes.length) this.#grow();
    this.#bytes.set(line, at);
    this.#bytes.set(LF, this.#length - LF.length);
  }

  #grow(): void {
    const larger = new Uint8Array(Math.min(2 * this.#length, COLLECTED_MAX_BYTES));
    larger.set(this.#bytes.subarray(0, this.#bytes.length));
    this.#bytes = larger;
  }
}

class StreamedPage extends TextLines {
  override async longLine(_byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    const head = await readHead(content);
    this.line(head, 0, head.length);
  }
}

// The first bytes of a long line. Its chunks are at least as large, except for the last one.
async function readHead(content: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const head = new Uint8Array(PAGE_LINE_MAX_BYTES);
  let length = 0;
  for await (const chunk of content) {
    const part = chunk.subarray(0, head.length - length);
    head.set(part, length);
    length += part.length;
    // Leaving the loop cancels the stream.
    if (length === head.length) break;
  }
  return head.subarray(0, length);
}
