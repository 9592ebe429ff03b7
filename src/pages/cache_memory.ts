/** How much memory one array takes at most: 16 GiB. More may be had, but nothing larger was tried. */
export const ARRAY_MAX_BYTES = 2 ** 34;

/** The system does not give as much memory as a cache was to have; the message says what to do. */
export class CacheMemoryError extends Error {
  /** The name of this kind of error. */
  override readonly name = "CacheMemoryError";
}

/**
 * Makes an array buffer for a cache. Memory is taken from the system as it is filled.
 *
 * @param Kind which kind: `ArrayBuffer` or `SharedArrayBuffer`
 * @throws {CacheMemoryError} where there is not so much memory
 */
export function allocate<Buffer>(bytes: number, Kind: new (bytes: number) => Buffer): Buffer {
  try {
    return new Kind(bytes);
  } catch (error) {
    const message = `Not enough memory for the cache: ${bytes} bytes: take a smaller --cache`;
    throw new CacheMemoryError(message, { cause: error });
  }
}
