/**
 * A server with two workers that can be killed: `SIGUSR1` kills those that were started up to then. It is
 * called as `serve FILE …`, serves as `linesvr serve FILE --port 0 --workers 2 --max-connections 2` does, and
 * stops at SIGINT and SIGTERM.
 *
 * @module
 */
import { onInterrupt } from "../../src/cli/terminal/interrupt.ts";
import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { claimAddress } from "../../src/server/address_claim.ts";
import { WorkerPool } from "../../src/server/workers/worker_pool.ts";

const textPath = Deno.args[1]!;
const indexPath = `${textPath}.lineidx`;
const alive: Worker[] = [];

const { checked } = await ensureIndex({ textPath, indexPath });
using claim = claimAddress("127.0.0.1", 0);
const pool = await WorkerPool.start(
  {
    files: [{ textPath, indexPath, checked }],
    cacheBytes: 1024 * 1024,
    eol: "lf",
    hostname: claim.hostname,
    port: claim.port,
    maxConnections: 2,
    idleTimeoutMs: 0,
    shutdownPolicy: "loopback",
    version: "1.2.3",
  },
  2,
  {
    log: (message) => console.error(message),
    startThread() {
      const thread = new Worker(import.meta.resolve("./mortal_worker.ts"), { type: "module" });
      alive.push(thread);
      return thread;
    },
  },
);
Deno.addSignalListener("SIGUSR1", () => {
  for (const worker of alive.splice(0)) worker.postMessage("die");
});
using _listening = onInterrupt(() => pool.shutDown());
console.log(`listening on 127.0.0.1:${pool.addresses[0]!.port}`);
await pool.finished;
Deno.exit(0);
