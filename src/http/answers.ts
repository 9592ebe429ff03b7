import { fileIndexOf, placeOf } from "../lines/line_files.ts";
import type { Lines } from "../lines/lines.ts";
import { parseQueryNumbers, readBodyNumbers } from "./batch_numbers.ts";
import { type Body, BodyWriter } from "./body/body_writer.ts";
import { writeJsonLines } from "./body/json_lines.ts";
import { type LineBody, readLine } from "./body/line_body.ts";
import { chooseFormat, CONTENT_TYPES, type LineFormat } from "./body/line_formats.ts";
import { LINES_PER_HTTP_PAGE, pageCount, readPage } from "./body/page_body.ts";
import { HttpProblem } from "./problem.ts";
import { type CheckFiles, toProblem } from "./read_failure.ts";
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

/** How many files `/info` lists. */
export const SHOWN_FILES_MAX = 1_000;

/** Facts about the files that are served. */
export interface FileFacts {
  /** One name for all of them, for people. */
  readonly name: string;
  /** The size of all of them. */
  readonly bytes: number;
  /** Identifies their content: 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** Of linesvr. */
  readonly version: string;
}

/** What answers are made of. */
export interface AnswersContext {
  readonly lines: Lines;
  readonly facts: FileFacts;
  readonly check: CheckFiles;
  /** Called with what is sent: how many lines, and how many bytes of them. */
  readonly onLines: (lines: number, bytes: number) => void;
  readonly turns: HttpTurns;
}

interface LineRange {
  readonly from: number;
  readonly to: number;
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
    const known = this.#notModified(request, shown, lineNumber, lineNumber);
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
      { from: lineNumber, to: lineNumber },
      1,
      (writer) => writeJsonLines(this.#lines, [lineNumber], "object", writer),
    );
  }

  /** `GET /lines/5?where`. */
  where(request: Request, selector: string, others: readonly string[]): Response {
    const selection = parseSelector(selector, this.#lines.count);
    if (selection.kind === "range") throw whereNeedsLine();
    if (others.length > 0) {
      throw new HttpProblem(400, "The parameter where cannot be used with other parameters.");
    }
    const { lineNumber } = selection;
    const { file, fileIndex, lineInFile } = placeOf(this.#lines.files, lineNumber);
    return jsonResponse(request, {
      line: lineNumber,
      file: file.name,
      fileNumber: fileIndex + 1,
      lineInFile,
    });
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
    const from = number * LINES_PER_HTTP_PAGE + 1;
    const to = Math.min(from + LINES_PER_HTTP_PAGE - 1, this.#lines.count);
    const known = this.#notModified(request, shown, from, to);
    if (known !== undefined) return known;
    const { body, cutLines } = await readPage(this.#lines, number, this.#streams);
    const headers: Record<string, string> = cutLines.length === 0
      ? {}
      : { "Linesvr-Cut-Lines": cutLines.join(" ") };
    return this.#send(request, { ...shown, headers }, body, to - from + 1);
  }

  /** `GET /info`. */
  info(request: Request): Response {
    const { name, bytes, fingerprint, version } = this.#context.facts;
    const { count: lines, files } = this.#lines;
    return jsonResponse(request, {
      name,
      lines,
      bytes,
      fingerprint,
      version,
      fileCount: files.length,
      files: files.slice(0, SHOWN_FILES_MAX),
    });
  }

  async #range(
    request: Request,
    { from, to }: LineRange,
    format: LineFormat,
  ): Promise<Response> {
    const shown = this.#shown[format];
    return await this.#stream(
      request,
      shown,
      { from, to },
      to - from + 1,
      (writer) =>
        format === "text"
          ? this.#lines.range(from, to, new TextLines(writer).rangeFrom(from))
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
      extentOf(numbers),
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
    { from, to }: LineRange,
    lineCount: number,
    write: (writer: BodyWriter) => Promise<void> | undefined,
  ): Promise<Response> {
    return this.#notModified(request, shown, from, to) ??
      this.#send(request, shown, await BodyWriter.open(write, this.#streams), lineCount);
  }

  #sendLine(request: Request, shown: Representation, body: LineBody): Response {
    if (body.kind === "stream" || body.byteLength >= GZIP_MIN_BYTES) {
      return this.#send(request, shown, body, 1);
    }
    this.#context.onLines(1, body.byteLength);
    return new Response(body.bytes, this.#shortLineHead);
  }

  // A client must not go on using what it has if the file has changed. If the lines are of several files, reading those that
  // are wanted fails. A file that is not open is not checked; it is opened to send its lines.
  #notModified(
    request: Request,
    shown: Representation,
    from: number,
    to: number,
  ): Response | undefined {
    const known = notModified(request, shown);
    if (known === undefined) return undefined;
    try {
      return this.#context.check(from, to) === "unchanged" ? known : undefined;
    } catch (error) {
      const { files } = this.#lines;
      if (fileIndexOf(files, from) !== fileIndexOf(files, to)) return undefined;
      throw toProblem(error, this.#context.check);
    }
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

/** The problem of `where` for more than one line. */
export function whereNeedsLine(): HttpProblem {
  return new HttpProblem(400, "The parameter where needs a path with one line: /lines/N?where.");
}

/** An answer in JSON that is not kept. */
export function jsonResponse(request: Request, value: unknown): Response {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  const shown = { contentType: "application/json", caching: "none" } as const;
  return bodyResponse(request, shown, { kind: "bytes", bytes });
}

function extentOf(numbers: readonly number[]): LineRange {
  return numbers.reduce(
    ({ from, to }, number) => ({ from: Math.min(from, number), to: Math.max(to, number) }),
    { from: Infinity, to: 1 },
  );
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
