import type { Buffer } from "node:buffer";

const LF = 10;
const COLON = 58;

/** The most bytes of a head, of a trailer or of the first line of a chunk. */
const HEAD_MAX_BYTES = 64 * 1024;

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/;
const LENGTH = /^\d{1,15}$/;
const CHUNK_SIZE = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i;

/** The lengths of `Connection`, `Content-Length` and `Transfer-Encoding`. */
const NAME_LENGTHS: readonly number[] = [10, 14, 17];

/** What the next bytes of a reply are. */
type Part =
  | "status line"
  | "header"
  | "body"
  | "chunk size"
  | "chunk"
  | "end of chunk"
  | "trailer"
  | "nothing";

/**
 * Splits the HTTP/1.1 replies of one connection into heads and bodies, without keeping a body.
 *
 * - The body has the length of `Content-Length`, or is chunked. Interim replies (1xx) are skipped.
 * - Anything else is malformed: then the end of the reply is unknown, and the connection is of no use.
 */
export class HttpReplyReader {
  isComplete = false;
  /** The first line that cannot be understood; `undefined` as long as there is none. */
  malformedLine: string | undefined;
  /** Whether the status and all headers have been read. */
  hasHead = false;
  statusLine = "";
  status = 0;
  /** `Content-Length`; `undefined` if the reply is chunked, or before the header is read. */
  contentBytes: number | undefined;
  /** Whether the server closes the connection after this reply. */
  isLast = false;
  /** The part of the body that {@linkcode take} took last; empty if both are equal. */
  bodyAt = 0;
  bodyEnd = 0;
  #part: Part = "status line";
  #line = "";
  #headBytes = 0;
  #isChunked = false;
  // Of the body, or of the chunk.
  #bytesLeft = 0;

  /** Starts the next reply. */
  reset(): void {
    this.isComplete =
      this.hasHead =
      this.isLast =
      this.#isChunked =
        false;
    this.malformedLine = this.contentBytes = undefined;
    this.statusLine = this.#line = "";
    this.status =
      this.bodyAt =
      this.bodyEnd =
      this.#headBytes =
      this.#bytesLeft =
        0;
    this.#part = "status line";
  }

  /**
   * Takes bytes from `at`, split anywhere: a line of the head, a part of the body, or less if the chunk
   * ends at `end`.
   *
   * @returns the position after them
   */
  take(received: Buffer, at: number, end: number): number {
    switch (this.#part) {
      case "body":
      case "chunk":
        return this.#takeBody(at, end);
      case "nothing":
        return at;
      case "status line":
      case "header":
      case "chunk size":
      case "end of chunk":
      case "trailer":
        this.bodyAt = this.bodyEnd = at;
        return this.#takeLine(received, at, end);
      default:
        return this.#part satisfies never;
    }
  }

  #takeBody(at: number, end: number): number {
    const next = Math.min(end, at + this.#bytesLeft);
    this.#bytesLeft -= next - at;
    this.bodyAt = at;
    this.bodyEnd = next;
    if (this.#bytesLeft > 0) return next;
    this.#headBytes = 0;
    if (this.#part === "body") this.#complete();
    else this.#part = "end of chunk";
    return next;
  }

  #takeLine(received: Buffer, at: number, end: number): number {
    let lf = at;
    while (lf < end && received[lf] !== LF) lf++;
    this.#headBytes += lf - at;
    if (lf < end && this.#isOtherHeader(received, at, lf)) return lf + 1;
    this.#line += received.toString("latin1", at, lf);
    if (this.#headBytes > HEAD_MAX_BYTES) this.#reject(this.#line);
    else if (lf < end) this.#endLine();
    // After a malformed line, nothing can be understood.
    return this.malformedLine === undefined && lf < end ? lf + 1 : end;
  }

  // Most headers do not matter. To recognize them by the length of the name saves most of the time.
  #isOtherHeader(received: Buffer, at: number, lf: number): boolean {
    if (this.#part !== "header" || this.#line !== "" || this.#headBytes > HEAD_MAX_BYTES) {
      return false;
    }
    let colon = at;
    while (colon < lf && received[colon] !== COLON) colon++;
    return colon > at && colon < lf && !NAME_LENGTHS.includes(colon - at);
  }

  #endLine(): void {
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    switch (this.#part) {
      case "status line":
        return this.#takeStatusLine(line);
      case "header":
        return line === "" ? this.#endHead() : this.#takeHeader(line);
      case "chunk size":
        return this.#takeChunkSize(line);
      case "end of chunk":
        if (line !== "") return this.#reject(line);
        this.#part = "chunk size";
        return;
      case "trailer":
        if (line === "") this.#complete();
        return;
      default:
        throw new TypeError(`no line is expected, but ${this.#part}`);
    }
  }

  #takeStatusLine(line: string): void {
    const [, minorVersion, status] = STATUS_LINE.exec(line) ?? [];
    if (status === undefined) return this.#reject(line);
    this.statusLine = line;
    this.status = Number(status);
    this.isLast = minorVersion === "0";
    this.#part = "header";
  }

  #takeHeader(line: string): void {
    const colon = line.indexOf(":");
    if (colon <= 0) return this.#reject(line);
    const value = () => line.slice(colon + 1).trim().toLowerCase();
    switch (line.slice(0, colon).toLowerCase()) {
      case "content-length": {
        const bytes = LENGTH.test(value()) ? Number(value()) : NaN;
        if (bytes === (this.contentBytes ?? bytes)) this.contentBytes = bytes;
        else this.#reject(line);
        break;
      }
      case "transfer-encoding":
        if (value() === "chunked" && !this.#isChunked) this.#isChunked = true;
        else this.#reject(line);
        break;
      case "connection":
        this.isLast = value() === "close" || this.isLast && value() !== "keep-alive";
    }
  }

  #endHead(): void {
    if (this.status < 200) return this.reset();
    this.hasHead = true;
    this.#headBytes = 0;
    this.#bytesLeft = this.contentBytes ?? 0;
    const hasNoBody = this.status === 204 || this.status === 304;
    if (hasNoBody || this.contentBytes === 0 && !this.#isChunked) return this.#complete();
    // With both headers, or with neither, the end of the body is uncertain.
    if (this.#isChunked === (this.contentBytes !== undefined)) return this.#reject(this.statusLine);
    this.#part = this.#isChunked ? "chunk size" : "body";
  }

  #takeChunkSize(line: string): void {
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) return this.#reject(line);
    this.#bytesLeft = parseInt(size, 16);
    this.#part = this.#bytesLeft === 0 ? "trailer" : "chunk";
  }

  #complete(): void {
    this.isComplete = true;
    this.#part = "nothing";
  }

  #reject(line: string): void {
    this.malformedLine = line;
    this.isLast = true;
    this.#complete();
  }
}
