import type { ReplyFramer } from "../../../src/client/line_framer.ts";
import { ConnectionFailure } from "../../../src/client/errors.ts";
import { formatServerAddress } from "../../../src/client/server_address.ts";
import { LoadFailure } from "../load_failure.ts";
import { LINE_NUMBER_MAX } from "../pattern/line_numbers.ts";
import { type LoadTarget, type ProtocolName, PROTOCOLS } from "./load_target.ts";
import { openTarget } from "./open_target.ts";

/** How a reply starts if there is no such line. */
const NO_SUCH_LINE: Readonly<Record<ProtocolName, string>> = { line: "ERR", redis: "$-1" };

/** Enough of a reply to classify it and to show it. */
const KEPT_CHARACTERS = 64;
const READ_BYTES = 64 * 1024;

export interface FindOptions {
  /** The time limit for each reply. */
  readonly timeoutMs: number;
  /** Aborts the search with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the number of lines of a server with GET: doubles the line number until there is no such line,
 * then halves the interval. Each request uses a new connection, because some servers close the
 * connection after an error.
 *
 * @returns 1 to {@linkcode LINE_NUMBER_MAX}, even if there are more lines
 * @throws {LoadFailure} if a request fails, or there is no line
 */
export async function findLineCount(target: LoadTarget, options: FindOptions): Promise<number> {
  let existing = 0;
  let missing = 1;
  while (await hasLine(target, missing, options)) {
    existing = missing;
    if (existing === LINE_NUMBER_MAX) return existing;
    missing = Math.min(missing * 2, LINE_NUMBER_MAX);
  }
  while (missing - existing > 1) {
    const middle = existing + Math.floor((missing - existing) / 2);
    if (await hasLine(target, middle, options)) existing = middle;
    else missing = middle;
  }
  if (existing > 0) return existing;
  throw cannotFind(target, "there is no line 1");
}

async function hasLine(
  target: LoadTarget,
  lineNumber: number,
  options: FindOptions,
): Promise<boolean> {
  const address = formatServerAddress(target.address);
  try {
    const reply = await request(target, lineNumber, options);
    if (reply.isLine) return true;
    if (reply.beginning.startsWith(NO_SUCH_LINE[target.protocol])) return false;
    throw cannotFind(target, `the reply to GET ${lineNumber} is ${reply.beginning.trim()}`);
  } catch (error) {
    if (error instanceof LoadFailure) throw error;
    options.signal?.throwIfAborted();
    const { kind, message } = ConnectionFailure.from(error, address);
    throw cannotFind(target, message.startsWith(address) ? kind : `${kind}, ${message}`);
  }
}

async function request(target: LoadTarget, lineNumber: number, { timeoutMs, signal }: FindOptions) {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const ending = AbortSignal.any(
    signal === undefined ? [timeout.signal] : [timeout.signal, signal],
  );
  const protocol = PROTOCOLS[target.protocol];
  const bytes = new Uint8Array(protocol.requestMaxBytes);
  const byteCount = protocol.encodeRequest(lineNumber, bytes, 0);
  let conn: Deno.Conn | undefined;
  const close = () => conn?.close();
  try {
    conn = await openTarget(target, ending);
    ending.addEventListener("abort", close);
    await conn.write(bytes.subarray(0, byteCount));
    return await readReply(conn, protocol.createFramer());
  } catch (error) {
    throw timeout.signal.aborted
      ? new ConnectionFailure("no reply in time", formatServerAddress(target.address))
      : error;
  } finally {
    clearTimeout(timer);
    ending.removeEventListener("abort", close);
    if (!ending.aborted) conn?.close();
  }
}

async function readReply(
  conn: Deno.Conn,
  framer: ReplyFramer,
): Promise<{ isLine: boolean; beginning: string }> {
  const received = new Uint8Array(READ_BYTES);
  let beginning = "";
  while (!framer.isComplete) {
    const end = await conn.read(received);
    if (end === null) throw new ConnectionFailure("early end of stream", "no complete reply");
    framer.feed(received, 0, end);
    const kept = received.subarray(0, Math.min(end, KEPT_CHARACTERS - beginning.length));
    beginning += String.fromCharCode(...kept);
  }
  return { isLine: framer.isLine, beginning };
}

function cannotFind(target: LoadTarget, cause: string): LoadFailure {
  const address = formatServerAddress(target.address);
  return new LoadFailure(
    `Cannot find the number of lines: ${address} (${cause}). ` +
      "Check that it serves lines, or pass --lines N or --file FILE.",
  );
}
