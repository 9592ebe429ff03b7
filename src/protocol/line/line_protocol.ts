import { CommandSplitter } from "./command_splitter.ts";
import { oneLine } from "../one_line.ts";
import type { Protocol } from "../protocol.ts";
import type { ReplyFormat } from "../reply_format.ts";

/** What ends a status and a line in a reply. */
export type Eol = "lf" | "crlf";

const EOL_TEXT: Readonly<Record<Eol, string>> = { lf: "\n", crlf: "\r\n" };

/**
 * The line protocol: `GET 5` is answered with `OK` and the fifth line.
 *
 * @example
 * ```ts
 * import { lineProtocol } from "./line_protocol.ts";
 *
 * const { replies } = lineProtocol("lf");
 * console.log(new TextDecoder().decode(replies.noSuchLine)); // "ERR\n"
 * ```
 */
export function lineProtocol(eol: Eol): Protocol {
  const replies = lineReplies(EOL_TEXT[eol]);
  return {
    name: "line protocol",
    accepts: () => true,
    createSplitter: () => new CommandSplitter(),
    replies,
  };
}

function lineReplies(eol: string): ReplyFormat {
  const encoder = new TextEncoder();
  const ok = encoder.encode(`OK${eol}`);
  return {
    lineHead: () => ok,
    lineTail: encoder.encode(eol),
    noSuchLine: encoder.encode(`ERR${eol}`),
    invalid: encoder.encode(`INVALID COMMAND!${eol}`),
    serverError: (message) => encoder.encode(`Server error: ${oneLine(message)}${eol}`),
  };
}
