import type { ByteBuffer } from "../byte_buffer.ts";
import { oneLine } from "../one_line.ts";
import type { Protocol, ReplyEncoder } from "../protocol.ts";
import { LineDecoder } from "./line_decoder.ts";

/** What ends a status and a line in a reply. */
export type Eol = "lf" | "crlf";

const EOL_TEXT: Readonly<Record<Eol, string>> = { lf: "\n", crlf: "\r\n" };

/**
 * The line protocol: `GET 5` is answered with `OK` and the fifth line. It accepts any bytes, so it is the last
 * of the protocols that are tried.
 */
export function lineProtocol(eol: Eol): Protocol {
  const encoder = new LineEncoder(EOL_TEXT[eol]);
  const replies = { invalid: encode(`INVALID COMMAND!${EOL_TEXT[eol]}`), refused: encoder.err };
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
  readonly #eol: Uint8Array;
  readonly #eolText: string;

  constructor(eolText: string) {
    this.err = encode(`ERR${eolText}`);
    this.#ok = encode(`OK${eolText}`);
    this.#eol = encode(eolText);
    this.#eolText = eolText;
  }

  lineHead(_byteLength: number, out: ByteBuffer): void {
    out.append(this.#ok);
  }

  lineTail(out: ByteBuffer): void {
    out.append(this.#eol);
  }

  missing(out: ByteBuffer): void {
    out.append(this.err);
  }

  error(message: string, out: ByteBuffer): void {
    out.append(encode(`Server error: ${oneLine(message)}${this.#eolText}`));
  }

  refused(out: ByteBuffer): void {
    out.append(this.err);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
