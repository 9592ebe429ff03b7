/**
 * Serves a file as `linesvr serve --workers 1` does, but without streams: one loop for each socket reads,
 * answers and writes. The difference in speed is what the pipeline costs.
 *
 * Usage: bare_server.ts FILE
 *
 * @module
 */
import type { Lines } from "../../../src/lines/lines.ts";
import { openLines } from "../../../src/lines/open_lines.ts";
import { lineProtocol } from "../../../src/protocol/line/line_protocol.ts";
import { READ_BYTES } from "../../../src/server/client.ts";
import { ReplySink } from "../../../src/server/pipeline/reply_sink.ts";

/** The default of `linesvr serve`. */
const CACHE_BYTES = 64 * 1024 * 1024;

const protocol = lineProtocol("lf", 1_000);

async function serve(socket: Deno.Conn, lines: Lines): Promise<void> {
  const decoder = protocol.open();
  const replies = new ReplySink();
  const buffer = new Uint8Array(READ_BYTES);
  for (let read = await socket.read(buffer); read !== null; read = await socket.read(buffer)) {
    for (const request of decoder.decode(buffer.subarray(0, read))) {
      if (request.kind !== "lines") continue;
      replies.encoder = request.encoder;
      const pending = lines.read(request.numbers, replies);
      if (pending === undefined) continue;
      for await (const chunk of replies.takeStream(pending)) await write(socket, chunk);
    }
    await write(socket, replies.take());
  }
}

async function write(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let sent = await socket.write(bytes);
  while (sent < bytes.length) sent += await socket.write(bytes.subarray(sent));
}

if (import.meta.main) {
  const textPath = Deno.args[0]!;
  const indexPath = `${textPath}.lineidx`;
  const lines = await openLines({ textPath, indexPath, cacheBytes: CACHE_BYTES });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(`listening on 127.0.0.1:${listener.addr.port}`);
  for await (const socket of listener) {
    socket.setNoDelay(true);
    serve(socket, lines)
      .catch((error) => console.error(`Connection failed: ${error.message}`))
      .finally(() => socket.close());
  }
}
