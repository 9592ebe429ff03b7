/** The largest buffer a cache allocates: 16 GiB. Nothing larger was tried. */
export const BUFFER_MAX_BYTES = 2 ** 34;

/** The operating system does not give a cache its memory; the message says what to do. */
export class CacheMemoryError extends Error {
  override readonly name = "CacheMemoryError";
}

/**
 * Allocates the buffer of a cache. The operating system assigns the memory as it is filled.
 *
 * @throws {CacheMemoryError} if there is not enough memory
 */
export function allocate<Buffer>(bytes: number, Kind: new (bytes: number) => Buffer): Buffer {
  try {
    return new Kind(bytes);
  } catch (error) {
    const message = `Not enough memory for the cache: ${bytes} bytes. Choose a smaller --cache.`;
    throw new CacheMemoryError(message, { cause: error });
  }
}
