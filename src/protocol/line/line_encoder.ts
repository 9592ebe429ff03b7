import { type ByteBuffer, concat } from "../byte_buffer.ts";
import { oneLine } from "../one_line.ts";
import type { BytePart, LineEncoder, RangeEncoder } from "../encoders.ts";

const CR = 13;
const LF = 10;

/** The values of {@linkcode Eol}. */
export const EOLS = ["lf", "crlf", "crlf-status"] as const;

/** What ends the statuses and the lines of replies: LF, CRLF, or CRLF for statuses and LF for lines. */
export type Eol = typeof EOLS[number];

interface LineEnds {
  readonly status: string;
  readonly line: string;
}

const LINE_ENDS: Readonly<Record<Eol, LineEnds>> = {
  "lf": { status: "\n", line: "\n" },
  "crlf": { status: "\r\n", line: "\r\n" },
  "crlf-status": { status: "\r\n", line: "\n" },
};

/** Encodes the replies of the line protocol. It has no state, so all connections share one. */
export class LineProtocolEncoder implements LineEncoder, RangeEncoder {
  readonly err: Uint8Array;
  readonly invalid: Uint8Array;
  /** The reply to a range without lines. */
  readonly noLines: Uint8Array;
  readonly #ok: Uint8Array;
  readonly #statusEnd: string;
  readonly #lineEnd: Uint8Array;

  constructor(eol: Eol) {
    const { status, line } = LINE_ENDS[eol];
    this.#statusEnd = status;
    this.#lineEnd = encode(line);
    this.err = this.#status("ERR");
    this.invalid = this.#status("INVALID COMMAND!");
    this.noLines = this.#status("OK 0");
    this.#ok = this.#status("OK");
  }

  count(lineCount: number): Uint8Array {
    return concat([this.#ok, encode(`${lineCount}`), this.#lineEnd]);
  }

  line(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
    out.append(this.#ok);
    out.append(bytes, start, end);
    out.append(this.#lineEnd);
  }

  longLine(byteLength: number, out: ByteBuffer): BytePart {
    out.append(this.#ok);
    return { start: 0, end: byteLength };
  }

  longLineTail(out: ByteBuffer): void {
    out.append(this.#lineEnd);
  }

  missing(out: ByteBuffer): void {
    out.append(this.err);
  }

  error(message: string, out: ByteBuffer): void {
    out.append(this.#status(`Server error: ${oneLine(message)}`));
  }

  rangeHead(lineCount: number, out: ByteBuffer): void {
    out.append(this.#status(`OK ${lineCount}`));
  }

  rangeLines(lines: Uint8Array, hasCr: boolean): Uint8Array {
    const isTerminated = lines[lines.length - 1] === LF;
    if (isTerminated && this.#lineEnd.length === 1 && !hasCr) return lines;
    return withLineEnds(lines, this.#lineEnd);
  }

  rangeLongLine(): void {
    // Only the lines of a range follow its head.
  }

  rangeLongLineTail(out: ByteBuffer): void {
    out.append(this.#lineEnd);
  }

  #status(status: string): Uint8Array {
    return encode(status + this.#statusEnd);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

// The lines with `eol` instead of their own terminators. Without a view for each line: they would be garbage.
function withLineEnds(lines: Uint8Array, eol: Uint8Array): Uint8Array {
  // Each line has a byte at least; the terminator of the last one may be missing.
  const out = new Uint8Array(lines.length * eol.length + eol.length);
  let length = 0;
  for (let i = 0; i < lines.length; i++) {
    const byte = lines[i]!;
    if (byte === CR && lines[i + 1] === LF) continue;
    if (byte === LF) { for (const eolByte of eol) out[length++] = eolByte; }
    else out[length++] = byte;
  }
  if (lines[lines.length - 1] !== LF) { for (const eolByte of eol) out[length++] = eolByte; }
  return out.subarray(0, length);
}
