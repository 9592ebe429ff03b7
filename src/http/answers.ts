import type { Lines } from "../lines/lines.ts";
import { parseQueryNumbers, readBodyNumbers } from "./batch_numbers.ts";
import { type Body, BodyWriter } from "./body/body_writer.ts";
import { writeJsonLines } from "./body/json_lines.ts";
import { type LineBody, readLine } from "./body/line_body.ts";
import { chooseFormat, CONTENT_TYPES, type LineFormat } from "./body/line_formats.ts";
import { LINES_PER_HTTP_PAGE, pageCount, readPage } from "./body/page_body.ts";
import { HttpProblem } from "./problem.ts";
import { describeChange } from "./read_failure.ts";
import {
  bodyResponse,
  GZIP_MIN_BYTES,
  notModified,
  type Representation,
  shortLineHead,
} from "./response.ts";
import { parseSelector } from "./selector.ts";
import { type HttpTurns, Streams } from "./body/streams.ts";
import { TextLines } from "./body/text_lines.ts";

/** How much of the fingerprint is in each ETag, which is to be short: 128 bits. */
const TAG_DIGITS = 32;

/** Facts about the file that is served. */
export interface FileFacts {
  /** For people. */
  readonly name: string;
  readonly bytes: number;
  /** Identifies the content: 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** Of linesvr. */
  readonly version: string;
}

/** What answers are made of. */
export interface AnswersContext {
  readonly lines: Lines;
  readonly facts: FileFacts;
  /** Throws if the file has changed; the message is one line. */
  readonly check: () => void;
  /** Called with what is sent: how many lines, and how many bytes of them. */
  readonly onLines: (lines: number, bytes: number) => void;
  readonly turns: HttpTurns;
}

/** Answers requests for lines. Each method throws an {@linkcode HttpProblem} if there is one. */
export class Answers {
  readonly #context: AnswersContext;
  readonly #lines: Lines;
  // What is shown in each format. An ETag belongs to its address, so it need not name the lines.
  readonly #shown: Readonly<Record<LineFormat, Representation>>;
  readonly #shortLineHead: ResponseInit;
  readonly #streams: Streams;

  constructor(context: AnswersContext) {
    this.#context = context;
    const tag = context.facts.fingerprint.slice(0, TAG_DIGITS);
    this.#shown = {
      text: shownAs("text", tag),
      ndjson: shownAs("ndjson", `${tag}-ndjson`),
      json: shownAs("json", `${tag}-json`),
    };
    this.#shortLineHead = shortLineHead(tag);
    this.#lines = context.lines;
    this.#streams = new Streams((bytes) => context.onLines(0, bytes), context.turns);
  }

  /** `GET /lines/5` as text. If the line is in memory, that costs no promise. */
  line(request: Request, lineNumber: number): Response | Promise<Response> {
    const shown = this.#shown.text;
    const known = this.#notModified(request, shown);
    if (known !== undefined) return known;
    const body = readLine(this.#lines, lineNumber, this.#streams);
    return body instanceof Promise
      ? body.then((body) => this.#sendLine(request, shown, body))
      : this.#sendLine(request, shown, body);
  }

  /** `GET /lines/5`, `/lines/100-200`, `/lines/-50-`. */
  async selection(
    request: Request,
    selector: string,
    format: string | undefined,
  ): Promise<Response> {
    const selection = parseSelector(selector, this.#lines.count);
    const chosen = chooseFormat(format, request.headers.get("Accept"));
    if (selection.kind === "range") return await this.#range(request, selection, chosen);
    if (chosen === "text") return await this.line(request, selection.lineNumber);
    const shown = this.#shown[chosen];
    const { lineNumber } = selection;
    return await this.#stream(
      request,
      shown,
      1,
      (writer) => writeJsonLines(this.#lines, [lineNumber], "object", writer),
    );
  }

  /** `GET /lines?n=5,9,12`. */
  async query(
    request: Request,
    lists: readonly string[],
    format: string | undefined,
  ): Promise<Response> {
    const numbers = parseQueryNumbers(lists, this.#lines.count);
    return await this.#batch(request, numbers, format, "revalidate");
  }

  /** `POST /lines`. */
  async post(request: Request, format: string | undefined): Promise<Response> {
    const numbers = await readBodyNumbers(request, this.#lines.count);
    return await this.#batch(request, numbers, format, "none");
  }

  /** `GET /pages/FINGERPRINT/K`. */
  async page(request: Request, fingerprint: string, page: string): Promise<Response> {
    const number = /^(?:0|[1-9]\d*)$/.test(page) ? Number(page) : NaN;
    if (Number.isNaN(number)) {
      throw new HttpProblem(400, "The number of a page must be an integer.");
    }
    if (fingerprint !== this.#context.facts.fingerprint) {
      throw new HttpProblem(
        404,
        "The file has another fingerprint. Request /info for the present one.",
      );
    }
    if (number >= pageCount(this.#lines.count)) {
      throw new HttpProblem(
        404,
        `There is no page ${page} (the file has ${pageCount(this.#lines.count)}).`,
      );
    }
    const shown: Representation = {
      contentType: CONTENT_TYPES.text,
      caching: "immutable",
      tag: this.#shown.text.tag,
    };
    const known = this.#notModified(request, shown);
    if (known !== undefined) return known;
    const { body, cutLines } = await readPage(this.#lines, number, this.#streams);
    const headers: Record<string, string> = cutLines.length === 0
      ? {}
      : { "Linesvr-Cut-Lines": cutLines.join(" ") };
    const count = Math.min(LINES_PER_HTTP_PAGE, this.#lines.count - number * LINES_PER_HTTP_PAGE);
    return this.#send(request, { ...shown, headers }, body, count);
  }

  /** `GET /info`. */
  info(request: Request): Response {
    const { name, bytes, fingerprint, version } = this.#context.facts;
    const facts = { name, lines: this.#lines.count, bytes, fingerprint, version };
    return jsonResponse(request, facts);
  }

  async #range(
    request: Request,
    { from, to }: { readonly from: number; readonly to: number },
    format: LineFormat,
  ): Promise<Response> {
    const shown = this.#shown[format];
    return await this.#stream(
      request,
      shown,
      to - from + 1,
      (writer) =>
        format === "text"
          ? this.#lines.range(from, to, new TextLines(writer).range)
          : writeJsonLines(this.#lines, integers(from, to), shapeOf(format), writer),
    );
  }

  async #batch(
    request: Request,
    numbers: readonly number[],
    format: string | undefined,
    caching: "revalidate" | "none",
  ): Promise<Response> {
    const chosen = chooseFormat(format, request.headers.get("Accept"));
    const shown: Representation = caching === "none"
      ? { contentType: CONTENT_TYPES[chosen], caching }
      : this.#shown[chosen];
    return await this.#stream(
      request,
      shown,
      numbers.length,
      (writer) =>
        chosen === "text"
          ? this.#lines.read(numbers, new TextLines(writer))
          : writeJsonLines(this.#lines, numbers, shapeOf(chosen), writer),
    );
  }

  async #stream(
    request: Request,
    shown: Representation,
    lineCount: number,
    write: (writer: BodyWriter) => Promise<void> | undefined,
  ): Promise<Response> {
    return this.#notModified(request, shown) ??
      this.#send(request, shown, await BodyWriter.open(write, this.#streams), lineCount);
  }

  #sendLine(request: Request, shown: Representation, body: LineBody): Response {
    if (body.kind === "stream" || body.byteLength >= GZIP_MIN_BYTES) {
      return this.#send(request, shown, body, 1);
    }
    this.#context.onLines(1, body.byteLength);
    return new Response(body.bytes, this.#shortLineHead);
  }

  // A client must not go on using what it has if the file has changed.
  #notModified(request: Request, shown: Representation): Response | undefined {
    const known = notModified(request, shown);
    const change = known === undefined ? undefined : describeChange(this.#context.check);
    if (change !== undefined) throw new HttpProblem(503, change);
    return known;
  }

  #send(
    request: Request,
    shown: Representation,
    body: Body & { readonly byteLength?: number },
    lineCount: number,
  ): Response {
    this.#context.onLines(
      lineCount,
      body.kind === "bytes" ? body.bytes.length : body.byteLength ?? 0,
    );
    return bodyResponse(request, shown, body, body.byteLength);
  }
}

/** An answer in JSON that is not kept. */
export function jsonResponse(request: Request, value: unknown): Response {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  const shown = { contentType: "application/json", caching: "none" } as const;
  return bodyResponse(request, shown, { kind: "bytes", bytes });
}

function shapeOf(format: Exclude<LineFormat, "text">): "ndjson" | "array" {
  return format === "json" ? "array" : "ndjson";
}

function* integers(from: number, to: number): Generator<number> {
  for (let number = from; number <= to; number++) yield number;
}

function shownAs(format: LineFormat, tag: string): Representation {
  return { contentType: CONTENT_TYPES[format], caching: "revalidate", tag };
}
