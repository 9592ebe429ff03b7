/** What bytes can be written to, some at a time; `Deno.FsFile` and `Deno.stdout` are. */
export interface SyncWriter {
  /** Writes some of the bytes and says how many. */
  writeSync(bytes: Uint8Array): number;
}

/**
 * Writes all of the bytes.
 *
 * @throws {Error} what the system says where it cannot write, such as that the disk is full
 */
export function writeAll(writer: SyncWriter, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writer.writeSync(bytes.subarray(done));
}
