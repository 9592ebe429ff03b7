import { MemoryLines } from "../lines/memory_lines.ts";
import { lineNumbersForClients } from "../pattern/line_pattern.ts";
import type { ProtocolName } from "../target/load_target.ts";
import { LoadStep } from "./load_step.ts";
import { ReceiveBuffers } from "./receive_buffers.ts";

const CLIENTS = 4;
const REQUESTS = 250;
const TIMEOUT_MS = 5_000;
const LF = 10;
const TEXT = new TextEncoder().encode("x\n");
const REPLIES: Readonly<Record<ProtocolName, Uint8Array>> = {
  line: new TextEncoder().encode("OK\nx\n"),
  redis: new TextEncoder().encode("$1\r\nx\r\n"),
  http: new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
};

/**
 * Runs a step against a server in this process, so that V8 has compiled the load tester's code before
 * the first measurement. The measured servers receive nothing.
 */
export async function warmUp(protocol: ProtocolName): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serve(listener, REPLIES[protocol]);
  const step = new LoadStep({
    settings: {
      ...{ pipeline: 1, command: "get", requests: REQUESTS } as const,
      ...{ durationMs: null, ratePerSecond: null },
      ...{ reconnectAfter: Infinity, timeoutMs: TIMEOUT_MS },
    },
    target: {
      label: "warm-up",
      address: { hostname: "127.0.0.1", port: listener.addr.port },
      protocol,
    },
    lineNumbers: lineNumbersForClients("random", CLIENTS, 1, 1),
    lines: new MemoryLines(TEXT),
    buffers: new ReceiveBuffers(),
    log: undefined,
  });
  try {
    await step.run();
  } finally {
    listener.close();
  }
  await serving;
}

// Resolves when the listener and all connections are closed.
async function serve(listener: Deno.TcpListener, reply: Uint8Array): Promise<void> {
  const connections: Promise<void>[] = [];
  // A broken connection ends its client, and nothing else.
  for await (const conn of listener) connections.push(answer(conn, reply).catch(() => {}));
  await Promise.all(connections);
}

async function answer(conn: Deno.TcpConn, reply: Uint8Array): Promise<void> {
  using _closing = conn;
  const received = new Uint8Array(1024);
  for (;;) {
    const bytes = await conn.read(received);
    if (bytes === null) return;
    // A request is short enough to arrive in one read, and LF is its last byte.
    if (received[bytes - 1] === LF) await conn.write(reply);
  }
}
