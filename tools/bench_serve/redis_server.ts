import type { BenchContext } from "./bench_context.ts";
import type { BenchServer } from "./bench_server.ts";

const PROGRAM = "redis-server";

/** The version of the Redis that is installed; `undefined` where none is. */
export async function redisVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(PROGRAM, { args: ["--version"] }).output();
    return /\bv=(\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "of an unknown version";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Starts an empty Redis that writes nothing to the disk.
 *
 * @throws {Error} (as a rejection) where it does not come to listen
 */
export async function startRedis({ processes }: BenchContext): Promise<BenchServer> {
  const port = freePort();
  const where = ["--bind", "127.0.0.1", "--port", `${port}`];
  const redis = processes.start([PROGRAM, ...where, "--save", "", "--appendonly", "no"]);
  await redis.line(redis.output, /Ready to accept connections/);
  return { label: "Redis", address: `redis://127.0.0.1:${port}`, pid: redis.pid };
}

// Redis itself cannot take a free one.
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
