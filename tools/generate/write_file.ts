/** What is written, and how. */
export interface WriteFileOptions {
  /**
   * Writes the next bytes into a chunk and returns how many, 0 at the end. A chunk is reused once
   * it is on its way to the file, two calls later.
   */
  fill: (chunk: Uint8Array) => number;
  /**
   * Whether a file of this name is replaced.
   *
   * @default {false}
   */
  replace?: boolean;
  /** Stops the writing between two chunks. */
  signal?: AbortSignal;
  /**
   * Size of a chunk, at least 1.
   *
   * @default {1_048_576}
   */
  chunkBytes?: number;
}

async function refuseExisting(path: string, replace: boolean): Promise<void> {
  const found = await Deno.lstat(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (found === undefined) return;
  if (found.isDirectory) throw new Deno.errors.IsADirectory("is a directory");
  // A rename would put a file where the device or the link was.
  if (!found.isFile) throw new Deno.errors.NotSupported("not a regular file");
  if (!replace) throw new Deno.errors.AlreadyExists("exists already");
}

async function writeChunk(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
}

async function writeChunks(file: Deno.FsFile, options: WriteFileOptions): Promise<number> {
  const chunkBytes = options.chunkBytes ?? 1024 * 1024;
  let filling = new Uint8Array(chunkBytes);
  let writing = new Uint8Array(chunkBytes);
  let written = Promise.resolve();
  let totalBytes = 0;
  while (true) {
    // The file takes one chunk in a thread of its own while the next one is made here.
    const count = options.fill(filling);
    await written;
    options.signal?.throwIfAborted();
    if (count === 0) return totalBytes;
    written = writeChunk(file, filling.subarray(0, count));
    [filling, writing] = [writing, filling];
    totalBytes += count;
  }
}

/**
 * Writes a file whole or not at all.
 *
 * - The bytes go to `PATH.<process id>.partial` beside it, which is renamed when they are all there
 *   and removed when anything goes wrong.
 * - Only regular files are replaced: no directory, device or symbolic link.
 * - Memory is two chunks, however large the file.
 * - Nothing is synced: a power cut just afterwards may lose the file.
 *
 * @param path Where the file is to be.
 * @param options What is written, and how.
 * @returns How many bytes the file has.
 * @throws {Deno.errors.AlreadyExists} There is such a file and `replace` is not set.
 * @throws {Deno.errors.IsADirectory} The path is that of a directory.
 * @throws {Deno.errors.NotSupported} The path is that of something else than a file.
 * @throws {Error} Whatever the system says: disk full, no such directory, not permitted.
 * @throws {unknown} The signal's reason, when it is aborted.
 *
 * @example Three bytes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeFile } from "./write_file.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const words = ["ab", "c"];
 * const encoder = new TextEncoder();
 * const fill = (chunk: Uint8Array) => encoder.encodeInto(words.shift() ?? "", chunk).written;
 *
 * assertEquals(await writeFile(`${directory}/three.txt`, { fill }), 3);
 * assertEquals(await Deno.readTextFile(`${directory}/three.txt`), "abc");
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function writeFile(path: string, options: WriteFileOptions): Promise<number> {
  const replace = options.replace ?? false;
  await refuseExisting(path, replace);
  const partialPath = `${path}.${Deno.pid}.partial`;
  const file = await Deno.open(partialPath, { write: true, createNew: true });
  try {
    const totalBytes = await writeChunks(file, options).finally(() => file.close());
    // Asked again, because writing may have taken minutes.
    await refuseExisting(path, replace);
    await Deno.rename(partialPath, path);
    return totalBytes;
  } catch (error) {
    await Deno.remove(partialPath).catch(() => {});
    throw error;
  }
}
