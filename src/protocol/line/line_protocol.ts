import type { ByteBuffer } from "../byte_buffer.ts";
import { oneLine } from "../one_line.ts";
import type { Protocol, ReplyEncoder } from "../protocol.ts";
import { LineDecoder } from "./line_decoder.ts";

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

/**
 * The line protocol: `GET 5` is answered with `OK` and the fifth line. It accepts any bytes, so it is the last
 * of the protocols that are tried.
 */
export function lineProtocol(eol: Eol): Protocol {
  const ends = LINE_ENDS[eol];
  const encoder = new LineEncoder(ends);
  const replies = { invalid: encode(`INVALID COMMAND!${ends.status}`), refused: encoder.err };
  return {
    name: "line protocol",
    detect: () => "yes",
    open: () => ({ decoder: new LineDecoder(replies), encoder }),
  };
}

// Has no state, so all sessions share one.
class LineEncoder implements ReplyEncoder {
  readonly err: Uint8Array;
  readonly #ok: Uint8Array;
  readonly #lineEnd: Uint8Array;
  readonly #statusEnd: string;

  constructor({ status, line }: LineEnds) {
    this.err = encode(`ERR${status}`);
    this.#ok = encode(`OK${status}`);
    this.#lineEnd = encode(line);
    this.#statusEnd = status;
  }

  lineHead(_byteLength: number, out: ByteBuffer): void {
    out.append(this.#ok);
  }

  lineTail(out: ByteBuffer): void {
    out.append(this.#lineEnd);
  }

  missing(out: ByteBuffer): void {
    out.append(this.err);
  }

  error(message: string, out: ByteBuffer): void {
    out.append(encode(`Server error: ${oneLine(message)}${this.#statusEnd}`));
  }

  refused(out: ByteBuffer): void {
    out.append(this.err);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
