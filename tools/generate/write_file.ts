export interface WriteFileOptions {
  /**
   * Writes the next bytes into a chunk and returns their number, 0 at the end. A chunk is reused two
   * calls later.
   */
  fill: (chunk: Uint8Array) => number;
  /** Replaces an existing file. */
  replace?: boolean;
  /** Aborts the writing between two chunks. */
  signal?: AbortSignal;
}

const CHUNK_BYTES = 1024 * 1024;

async function refuseExisting(path: string, replace: boolean): Promise<void> {
  const found = await Deno.lstat(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (found === undefined) return;
  if (found.isDirectory) throw new Deno.errors.IsADirectory("is a directory");
  // Renaming would replace the device or the link by a file.
  if (!found.isFile) throw new Deno.errors.NotSupported("not a regular file");
  if (!replace) throw new Deno.errors.AlreadyExists("file exists");
}

async function writeChunk(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
}

async function writeChunks(file: Deno.FsFile, options: WriteFileOptions): Promise<number> {
  let filling = new Uint8Array(CHUNK_BYTES);
  let writing = new Uint8Array(CHUNK_BYTES);
  let written = Promise.resolve();
  let totalBytes = 0;
  while (true) {
    // One chunk is written by another thread while the next one is generated here.
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
 * Writes a complete file or none.
 *
 * - The bytes are written to `PATH.<process id>.partial`, which is renamed at the end and removed after
 *   an error.
 * - Only regular files are replaced: no directories, devices or symbolic links.
 * - Takes the memory of two chunks.
 * - Nothing is synced: a power failure shortly afterwards may lose the file.
 *
 * @returns the size of the file
 * @throws {Deno.errors.AlreadyExists} if the file exists and `replace` is not set
 * @throws {Deno.errors.IsADirectory} if the path is a directory
 * @throws {Deno.errors.NotSupported} if the path is neither a file nor a directory
 * @throws {Error} any error of the operating system
 * @throws {unknown} the signal's reason
 */
export async function writeFile(path: string, options: WriteFileOptions): Promise<number> {
  const replace = options.replace ?? false;
  await refuseExisting(path, replace);
  const partialPath = `${path}.${Deno.pid}.partial`;
  const file = await Deno.open(partialPath, { write: true, createNew: true });
  try {
    const totalBytes = await writeChunks(file, options).finally(() => file.close());
    // Checked again, because writing may have taken minutes.
    await refuseExisting(path, replace);
    await Deno.rename(partialPath, path);
    return totalBytes;
  } catch (error) {
    await Deno.remove(partialPath).catch(() => {});
    throw error;
  }
}
