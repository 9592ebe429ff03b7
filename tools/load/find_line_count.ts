import { ConnectionFailure } from "../../src/client/connection_failure.ts";
import { formatServerAddress } from "../../src/client/server_address.ts";
import { LINE_NUMBER_MAX } from "./line_numbers.ts";
import { LoadFailure } from "./load_failure.ts";
import { type LoadProtocol, type LoadTarget, WIRES } from "./load_target.ts";

/** How a reply begins where there is no such line. */
const ABSENT: Readonly<Record<LoadProtocol, string>> = { line: "ERR", redis: "$-1" };

/** Enough of a reply to tell what it is, and to show it. */
const KEPT_CHARACTERS = 64;
const READ_BYTES = 64 * 1024;

/** How a server is asked. */
export interface FindOptions {
  /** How long a reply may take. */
  readonly timeoutMs: number;
  /** Ends the search: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out how many lines a server has, by asking for some: the numbers are doubled until there is no
 * such line, and what is in between is halved. Each takes a connection of its own: not every server
 * goes on after an error.
 *
 * @returns 1 to {@linkcode LINE_NUMBER_MAX}, also where there are more
 * @throws {LoadFailure} where it cannot be found out, or there is no line
 */
export async function findLineCount(target: LoadTarget, options: FindOptions): Promise<number> {
  let there = 0;
  let absent = 1;
  while (await hasLine(target, absent, options)) {
    there = absent;
    if (there === LINE_NUMBER_MAX) return there;
    absent = Math.min(absent * 2, LINE_NUMBER_MAX);
  }
  while (absent - there > 1) {
    const middle = there + Math.floor((absent - there) / 2);
    if (await hasLine(target, middle, options)) there = middle;
    else absent = middle;
  }
  if (there > 0) return there;
  throw cannotFind(target, "it has no line 1");
}

async function hasLine(
  target: LoadTarget,
  lineNumber: number,
  options: FindOptions,
): Promise<boolean> {
  const where = formatServerAddress(target.address);
  const { signal } = options;
  try {
    const reply = await ask(target, lineNumber, options);
    if (reply.isLine) return true;
    if (reply.beginning.startsWith(ABSENT[target.protocol])) return false;
    throw cannotFind(target, `GET ${lineNumber} was answered with ${reply.beginning.trim()}`);
  } catch (error) {
    if (error instanceof LoadFailure) throw error;
    signal?.throwIfAborted();
    const { kind, message } = ConnectionFailure.from(error, where);
    throw cannotFind(target, message === where || message === "" ? kind : `${kind}: ${message}`);
  }
}

async function ask(target: LoadTarget, lineNumber: number, { timeoutMs, signal }: FindOptions) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const ending = AbortSignal.any(signal === undefined ? [late.signal] : [late.signal, signal]);
  const wire = WIRES[target.protocol];
  const request = new Uint8Array(wire.requestMaxBytes);
  const requestBytes = wire.encodeRequest(lineNumber, request, 0);
  let conn: Deno.TcpConn | undefined;
  const close = () => conn?.close();
  try {
    conn = await Deno.connect({ ...target.address, signal: ending });
    ending.addEventListener("abort", close);
    await conn.write(request.subarray(0, requestBytes));
    return await readReply(conn, wire.createFramer());
  } catch (error) {
    throw late.signal.aborted ? new ConnectionFailure("no reply in time", "") : error;
  } finally {
    clearTimeout(timer);
    ending.removeEventListener("abort", close);
    if (!ending.aborted) conn?.close();
  }
}

async function readReply(
  conn: Deno.TcpConn,
  framer: ReturnType<typeof WIRES.line.createFramer>,
): Promise<{ isLine: boolean; beginning: string }> {
  const received = new Uint8Array(READ_BYTES);
  let beginning = "";
  while (!framer.isComplete) {
    const end = await conn.read(received);
    if (end === null) throw new ConnectionFailure("early end of stream", "no whole reply");
    framer.feed(received, 0, end);
    const kept = received.subarray(0, Math.min(end, KEPT_CHARACTERS - beginning.length));
    beginning += String.fromCharCode(...kept);
  }
  return { isLine: framer.isLine, beginning };
}

function cannotFind(target: LoadTarget, why: string): LoadFailure {
  return new LoadFailure(
    `Cannot find the number of lines of ${formatServerAddress(target.address)}: ${why}: ` +
      `see whether it serves lines, or say --lines N or --file FILE`,
  );
}
