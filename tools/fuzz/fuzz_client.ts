import { asLatin1 } from "./model.ts";

/**
 * How a client ends its connection:
 *
 * - `half-close`: closes its sending side, and reads to the end
 * - `close`: closes the connection after a few replies, maybe before everything was sent
 */
export type Ending =
  | { readonly kind: "half-close" }
  | { readonly kind: "close"; readonly afterBytes: number };

/** What a client does. */
export interface ClientPlan {
  readonly chunks: readonly Uint8Array[];
  readonly ending: Ending;
}

const READ_BYTES = 64 * 1024;

/** Longer than any run of a client. */
const CLIENT_TIMEOUT_MS = 60_000;

/**
 * Sends the chunks of a plan, and receives the replies at the same time.
 *
 * @returns what was received, one character for each byte
 * @throws {Error} (as a rejection) if the server resets the connection, or does not answer
 */
export async function runClient(port: number, plan: ClientPlan): Promise<string> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  socket.setNoDelay(true);
  let isTooLate = false;
  let isClosed = false;
  const close = () => {
    if (!isClosed) socket.close();
    isClosed = true;
  };
  const timer = setTimeout(() => {
    isTooLate = true;
    close();
  }, CLIENT_TIMEOUT_MS);
  try {
    // The server may close the connection while the client sends, after QUIT.
    const sending = sendAll(socket, plan).catch(() => {});
    const received = await receive(socket, plan.ending);
    close();
    await sending;
    return received;
  } catch (error) {
    throw isTooLate ? new Error("The server does not answer.") : error;
  } finally {
    clearTimeout(timer);
    close();
  }
}

async function sendAll(socket: Deno.TcpConn, { chunks }: ClientPlan): Promise<void> {
  for (const chunk of chunks) {
    for (let sent = 0; sent < chunk.length;) sent += await socket.write(chunk.subarray(sent));
  }
  // Also if fewer replies come than a client waits for that closes early.
  await socket.closeWrite();
}

async function receive(socket: Deno.TcpConn, ending: Ending): Promise<string> {
  const buffer = new Uint8Array(READ_BYTES);
  let received = "";
  while (ending.kind === "half-close" || received.length < ending.afterBytes) {
    const count = await socket.read(buffer);
    if (count === null) return received;
    received += asLatin1(buffer.subarray(0, count));
  }
  return received;
}
