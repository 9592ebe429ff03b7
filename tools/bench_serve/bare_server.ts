/**
 * Serves a text as `linesvr serve --workers 1` does, but for the streams: what is read from a socket is
 * answered and written by one loop. What streams cost is what the other is slower.
 *
 * Usage: bare_server.ts FILE
 *
 * @module
 */
import { LineStore } from "../../src/lines/line_store.ts";
import { lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import { READ_BYTES } from "../../src/server/connection.ts";
import { Router } from "../../src/server/pipeline/router.ts";

/** What `linesvr serve` takes by default. */
const CACHE_BYTES = 64 * 1024 * 1024;

const protocol = lineProtocol("lf");

async function serve(socket: Deno.Conn, store: LineStore): Promise<void> {
  const splitter = protocol.createSplitter();
  const router = new Router({ store, replies: protocol.replies });
  const buffer = new Uint8Array(READ_BYTES);
  for (let read = await socket.read(buffer); read !== null; read = await socket.read(buffer)) {
    const replies = router.answer(splitter.split(buffer.subarray(0, read)));
    if (replies instanceof Uint8Array) await write(socket, replies);
    else for await (const piece of replies) await write(socket, piece);
  }
}

async function write(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let sent = await socket.write(bytes);
  while (sent < bytes.length) sent += await socket.write(bytes.subarray(sent));
}

if (import.meta.main) {
  const textPath = Deno.args[0]!;
  const indexPath = `${textPath}.lineidx`;
  const store = LineStore.open({ textPath, indexPath, cacheBytes: CACHE_BYTES });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(`listening on 127.0.0.1:${listener.addr.port}`);
  for await (const socket of listener) {
    socket.setNoDelay(true);
    serve(socket, store)
      .catch((error) => console.error(`Connection failed: ${error.message}`))
      .finally(() => socket.close());
  }
}
