import { runProcess } from "./run_process.ts";

const CHUNK_BYTES = 1024 * 1024;

/** Reads a file through, so that it is in the system's cache. */
export async function warm(path: string): Promise<void> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(CHUNK_BYTES);
  while (await file.read(chunk) !== null);
}

/** Asks the system to forget what it has in memory of a file. */
export async function evict(path: string): Promise<void> {
  await runProcess(["dd", `if=${path}`, "iflag=nocache", "count=0", "status=none"]);
}
