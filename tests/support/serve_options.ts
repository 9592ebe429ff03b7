import type { ServeOptions } from "../../src/server/open_server.ts";

/** Serves the file `text` of a directory by its index `index`, on a free port of this machine. */
export function serveOptionsIn(directory: string): ServeOptions {
  return {
    files: [{ textPath: `${directory}/text`, indexPath: `${directory}/index` }],
    cacheBytes: 1024 * 1024,
    eol: "lf",
    hostname: "127.0.0.1",
    port: 0,
    maxConnections: 10,
    idleTimeoutMs: 0,
    shutdownPolicy: "loopback",
    version: "1.2.3",
  };
}
