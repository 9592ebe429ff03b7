/**
 * Opens many connections to a server, requests a line on each, checks the answers, prints `ready`, and
 * keeps the connections open until it is killed.
 *
 * Usage: idle_clients.ts HOST:PORT COUNT FILE
 *
 * @module
 */
import { parseServerAddress } from "../../../src/client/server_address.ts";

/** The number of connections that are opened at a time: few enough for the listener's backlog. */
const CONCURRENT_MAX = 100;

/** The part of the file whose lines are requested. */
const HEAD_BYTES = 64 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

async function firstLines(textPath: string): Promise<string[]> {
  using file = await Deno.open(textPath);
  const head = new Uint8Array(HEAD_BYTES);
  const read = await file.read(head) ?? 0;
  // The rest after the last terminator is not a complete line.
  return decoder.decode(head.subarray(0, read)).split("\n").slice(0, -1);
}

async function openOne(
  address: Deno.ConnectOptions,
  line: number,
  expected: string,
): Promise<Deno.TcpConn> {
  const socket = await Deno.connect(address);
  await socket.write(encoder.encode(`GET ${line}\n`));
  const buffer = new Uint8Array(expected.length + 1);
  let answer = "";
  while (answer.length < expected.length) {
    const read = await socket.read(buffer);
    if (read === null) throw new Error(`No answer: line ${line} (the connection was closed)`);
    answer += decoder.decode(buffer.subarray(0, read));
  }
  if (answer !== expected) throw new Error(`Wrong answer: line ${line} (${answer})`);
  return socket;
}

async function openAll(
  address: Deno.ConnectOptions,
  count: number,
  lines: readonly string[],
): Promise<Deno.TcpConn[]> {
  const sockets: Deno.TcpConn[] = [];
  while (sockets.length < count) {
    const some = Array.from(
      { length: Math.min(CONCURRENT_MAX, count - sockets.length) },
      (_, i) => {
        const at = (sockets.length + i) % lines.length;
        return openOne(address, at + 1, `OK\n${lines[at]}\n`);
      },
    );
    sockets.push(...await Promise.all(some));
  }
  return sockets;
}

async function neverClosed(sockets: readonly Deno.TcpConn[]): Promise<never> {
  const unused = new Uint8Array(1);
  await Promise.race(sockets.map((socket) => socket.read(unused)));
  throw new Error("A connection was closed, or received unexpected bytes");
}

if (import.meta.main) {
  const [address, count, textPath] = Deno.args;
  const sockets = await openAll(
    parseServerAddress(address!)!,
    Number(count),
    await firstLines(textPath!),
  );
  console.log("ready");
  await neverClosed(sockets);
}
