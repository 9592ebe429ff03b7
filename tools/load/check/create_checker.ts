import type { ExpectedLines } from "../lines/expected_lines.ts";
import { type ProtocolName, PROTOCOLS } from "../target/load_target.ts";
import { ComparingChecker } from "./comparing_checker.ts";
import { FramingChecker } from "./framing_checker.ts";
import { HttpChecker } from "./http_checker.ts";
import type { ReplyChecker } from "./reply_checker.ts";

/**
 * Creates the checker of one connection.
 *
 * @param lines the correct answers; `undefined` to accept any line
 */
export function createChecker(
  protocolName: ProtocolName,
  lines: ExpectedLines | undefined,
): ReplyChecker {
  if (protocolName === "http") return new HttpChecker(lines);
  const protocol = PROTOCOLS[protocolName];
  return lines === undefined ? new FramingChecker(protocol) : new ComparingChecker(protocol, lines);
}
