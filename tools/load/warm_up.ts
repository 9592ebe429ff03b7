import { lineNumbersForClients } from "./line_pattern.ts";
import { LoadStep } from "./load_step.ts";
import { MemoryLines } from "./memory_lines.ts";
import { ReceiveBuffers } from "./receive_buffers.ts";

const CLIENTS = 4;
const REQUESTS = 250;
const TIMEOUT_MS = 5_000;
const LF = 10;
const TEXT = new TextEncoder().encode("x\n");
const REPLY = new TextEncoder().encode("OK\nx\n");

/**
 * Asks a server of its own, in this process, before anything is measured: the engine compiles what runs
 * often, and the first steps would else show the load tester's start. The servers that are measured
 * are not asked.
 */
export async function warmUp(): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serve(listener);
  const step = new LoadStep({
    settings: {
      ...{ pipeline: 1, requests: REQUESTS, durationMs: null, ratePerSecond: null },
      ...{ reconnectAfter: Infinity, timeoutMs: TIMEOUT_MS },
    },
    target: {
      label: "warm-up",
      address: { hostname: "127.0.0.1", port: listener.addr.port },
      protocol: "line",
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

// Ends when the listener and all connections are closed.
async function serve(listener: Deno.TcpListener): Promise<void> {
  const connections: Promise<void>[] = [];
  // A connection that breaks ends its client, and nothing else.
  for await (const conn of listener) connections.push(answer(conn).catch(() => {}));
  await Promise.all(connections);
}

async function answer(conn: Deno.TcpConn): Promise<void> {
  using _closing = conn;
  const received = new Uint8Array(1024);
  for (;;) {
    const bytes = await conn.read(received);
    if (bytes === null) return;
    // A request is short enough to come whole, and its LF is its last byte.
    if (received[bytes - 1] === LF) await conn.write(REPLY);
  }
}
