import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionFailure } from "../../../src/client/errors.ts";
import { denoTransport } from "../../../src/client/transport/deno_transport.ts";
import { nodeTransport } from "../../../src/client/transport/node_transport.ts";
import { openSocket } from "../../../src/client/transport/open_socket.ts";
import type { Transport } from "../../../src/client/transport/transport.ts";
import { asText, latin1 } from "../../support/e2e_bytes.ts";
import { StubServer } from "../../support/stub_server.ts";

const ADDRESS = { hostname: "127.0.0.1", port: 1 };

/** A network that never answers. */
const silent: Transport = {
  connect: (_address, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
};

Deno.test("openSocket rejects after connectTimeoutMs", async () => {
  const { signal } = new AbortController();
  const opening = openSocket(ADDRESS, { connectTimeoutMs: 1, signal, transport: silent });
  const failure = await assertRejects(() => opening, ConnectionFailure, "127.0.0.1:1, waited 1 ms");
  assertEquals(failure.kind, "no reply in time");
});

Deno.test("openSocket rejects at once when its signal is aborted", async () => {
  const closing = new AbortController();
  const options = { connectTimeoutMs: 60_000, signal: closing.signal, transport: silent };
  const opening = openSocket(ADDRESS, options);
  closing.abort(new ConnectionFailure("connection failed", "closed"));
  await assertRejects(() => opening, ConnectionFailure, "closed");
});

// In Deno, nodeTransport uses Deno's emulation of node:net; tests/e2e runs it in Node.js and Bun.
for (const [name, transport] of Object.entries({ denoTransport, nodeTransport })) {
  const open = (port: number, signal = new AbortController().signal) =>
    openSocket({ ...ADDRESS, port }, { connectTimeoutMs: 60_000, signal, transport });

  Deno.test(`${name}: a socket reads what was sent, and can write after the end of the stream`, async () => {
    const received = Promise.withResolvers<string>();
    await using server = new StubServer(async (connection) => {
      await connection.send("0123456789");
      await connection.endSending();
      received.resolve(await connection.receive());
      await connection.closed();
    });
    const socket = await open(server.port);
    const buffer = new Uint8Array(4);
    let text = "";
    for (let bytes; (bytes = await socket.read(buffer)) !== null;) {
      text += asText(buffer.subarray(0, bytes));
    }
    assertEquals(text, "0123456789");
    assertEquals(await socket.write(latin1("late")), 4);
    assertEquals(await received.promise, "late");
    socket.close();
  });

  Deno.test(`${name}: close() ends a pending read`, async () => {
    await using server = new StubServer((connection) => connection.closed());
    const socket = await open(server.port);
    const reading = assertRejects(() => socket.read(new Uint8Array(4)));
    socket.close();
    await reading;
  });

  Deno.test(`${name}: connect rejects with the kind of the failure`, async () => {
    const server = new StubServer(() => Promise.resolve());
    const { port } = server;
    await server[Symbol.asyncDispose]();
    const refused = await assertRejects(() => open(port), ConnectionFailure);
    assertEquals(refused.kind, "connection refused");
    const reason = new ConnectionFailure("connection failed", "canceled before");
    await assertRejects(() => open(port, AbortSignal.abort(reason)), ConnectionFailure, "canceled");
  });
}
