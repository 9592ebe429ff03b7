import type { BenchContext } from "../bench_row.ts";
import type { BenchServer } from "./bench_server.ts";

const PROGRAM = "redis-server";

/** Returns `undefined` if Redis is not installed. */
export async function redisVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(PROGRAM, { args: ["--version"] }).output();
    return /\bv=(\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "of unknown version";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Starts an empty Redis that writes nothing to the disk.
 *
 * @throws {Error} (as a rejection) if it does not start to listen
 */
export async function startRedis({ processes }: BenchContext): Promise<BenchServer> {
  const port = freePort();
  const address = ["--bind", "127.0.0.1", "--port", `${port}`];
  const redis = processes.start([PROGRAM, ...address, "--save", "", "--appendonly", "no"]);
  await redis.line(redis.output, /Ready to accept connections/);
  return { label: "Redis", address: `redis://127.0.0.1:${port}`, pid: redis.pid };
}

// Redis cannot choose a free port itself.
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
