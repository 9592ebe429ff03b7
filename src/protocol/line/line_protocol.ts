import type { Protocol } from "../protocol.ts";
import { LineDecoder } from "./line_decoder.ts";
import { type Eol, LineProtocolEncoder } from "./line_encoder.ts";

/**
 * The line protocol: `GET 5` is answered with `OK` and the fifth line. It accepts any bytes, so it is the last
 * of the protocols that are tried.
 *
 * @param lineCount the number of lines of the file
 */
export function lineProtocol(eol: Eol, lineCount: number): Protocol {
  const encoder = new LineProtocolEncoder(eol);
  return {
    name: "line protocol",
    detect: () => "yes",
    open: () => new LineDecoder(encoder, lineCount),
  };
}
