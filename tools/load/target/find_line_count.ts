import { Buffer } from "node:buffer";
import type { ReplyFramer } from "../../../src/client/line_framer.ts";
import { ConnectionFailure } from "../../../src/client/errors.ts";
import { formatServerAddress } from "../../../src/client/server_address.ts";
import { LoadFailure } from "../load_failure.ts";
import { LINE_NUMBER_MAX } from "../pattern/line_numbers.ts";
import { encodeInfoRequest } from "./http_encoder.ts";
import { HttpReplyReader } from "./http_reply_reader.ts";
import { type LoadTarget, PROTOCOLS } from "./load_target.ts";
import { openTarget } from "./open_target.ts";

/** How a reply starts if there is no such line. */
const NO_SUCH_LINE = { line: "ERR", redis: "$-1" } as const;

/** Enough of a reply to classify it and to show it. */
const KEPT_CHARACTERS = 64;

/** The reply to `GET /info` is shorter. */
const INFO_MAX_BYTES = 16 * 1024;
const READ_BYTES = 64 * 1024;

export interface FindOptions {
  /** The time limit for each reply. */
  readonly timeoutMs: number;
  /** Aborts the search with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A target whose lines are found by trying. */
type TriedTarget = LoadTarget & { readonly protocol: keyof typeof NO_SUCH_LINE };

/**
 * Finds the number of lines of a server: an HTTP server tells it in `/info`, the others are tried.
 *
 * @returns 1 to {@linkcode LINE_NUMBER_MAX}, even if there are more lines
 * @throws {LoadFailure} if a request fails, or there is no line
 */
export async function findLineCount(target: LoadTarget, options: FindOptions): Promise<number> {
  const { protocol } = target;
  const count = protocol === "http"
    ? await readInfo(target, options)
    : await tryLines({ ...target, protocol }, options);
  if (count > 0) return count;
  throw cannotFind(target, "there is no line 1");
}

/**
 * Finds the last line with GET: doubles the line number until there is no such line,
 * then halves the interval. Each request uses a new connection, because some servers close the
 * connection after an error.
 */
async function tryLines(target: TriedTarget, options: FindOptions): Promise<number> {
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
  return existing;
}

async function hasLine(
  target: TriedTarget,
  lineNumber: number,
  options: FindOptions,
): Promise<boolean> {
  const protocol = PROTOCOLS[target.protocol];
  const bytes = new Uint8Array(protocol.requestMaxBytes);
  const request = bytes.subarray(0, protocol.encodeRequest(lineNumber, bytes, 0));
  const framer = protocol.createFramer();
  const reply = await exchange(target, request, (conn) => readReply(conn, framer), options);
  if (reply.isLine) return true;
  if (reply.beginning.startsWith(NO_SUCH_LINE[target.protocol])) return false;
  throw cannotFind(target, `the reply to GET ${lineNumber} is ${reply.beginning.trim()}`);
}

async function readInfo(target: LoadTarget, options: FindOptions): Promise<number> {
  const { reply, body } = await exchange(target, encodeInfoRequest(target), readHttp, options);
  const line = reply.malformedLine ?? reply.statusLine;
  if (reply.status !== 200 || reply.malformedLine !== undefined) {
    throw cannotFind(target, `the reply to GET /info is ${line.slice(0, KEPT_CHARACTERS)}`);
  }
  const count = linesOf(body);
  if (count !== undefined) return Math.min(count, LINE_NUMBER_MAX);
  throw cannotFind(target, "the reply to GET /info has no number of lines");
}

function linesOf(body: string): number | undefined {
  try {
    const { lines } = JSON.parse(body) as { readonly lines?: unknown };
    return typeof lines === "number" && Number.isInteger(lines) && lines >= 0 ? lines : undefined;
  } catch {
    // It is not JSON, or null.
    return undefined;
  }
}

/** Sends a request on a new connection, and reads the reply. */
async function exchange<T>(
  target: LoadTarget,
  bytes: Uint8Array,
  read: (conn: Deno.Conn) => Promise<T>,
  options: FindOptions,
): Promise<T> {
  const address = formatServerAddress(target.address);
  try {
    return await exchangeInTime(target, bytes, read, options);
  } catch (error) {
    if (error instanceof LoadFailure) throw error;
    options.signal?.throwIfAborted();
    const { kind, message } = ConnectionFailure.from(error, address);
    throw cannotFind(target, message.startsWith(address) ? kind : `${kind}, ${message}`);
  }
}

async function exchangeInTime<T>(
  target: LoadTarget,
  bytes: Uint8Array,
  read: (conn: Deno.Conn) => Promise<T>,
  { timeoutMs, signal }: FindOptions,
): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const ending = AbortSignal.any(
    signal === undefined ? [timeout.signal] : [timeout.signal, signal],
  );
  let conn: Deno.Conn | undefined;
  const close = () => conn?.close();
  try {
    conn = await openTarget(target, ending);
    ending.addEventListener("abort", close);
    await conn.write(bytes);
    return await read(conn);
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

async function readHttp(conn: Deno.Conn): Promise<{ reply: HttpReplyReader; body: string }> {
  const received = Buffer.alloc(READ_BYTES);
  const reply = new HttpReplyReader();
  let body = "";
  while (!reply.isComplete && body.length <= INFO_MAX_BYTES) {
    const end = await conn.read(received);
    if (end === null) throw new ConnectionFailure("early end of stream", "no complete reply");
    for (let at = 0; at < end && !reply.isComplete;) {
      at = reply.take(received, at, end);
      body += received.toString("latin1", reply.bodyAt, reply.bodyEnd);
    }
  }
  return { reply, body };
}

function cannotFind(target: LoadTarget, cause: string): LoadFailure {
  const address = formatServerAddress(target.address);
  return new LoadFailure(
    `Cannot find the number of lines: ${address} (${cause}). ` +
      "Check that it serves lines, or pass --lines N or --file FILE.",
  );
}
