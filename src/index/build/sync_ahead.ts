/** How much may be written before the system is told to bring it to the disk. */
export const SYNC_AHEAD_BYTES: number = 2 * 1024 * 1024;

/**
 * Brings what is written to a file to the disk while more is being written, so that little is left to
 * do at the end. One sync runs at a time, in another thread; what is written meanwhile waits for the
 * next.
 *
 * It promises nothing: whoever needs the file to be on the disk syncs it when all is written.
 *
 * @example
 * ```ts
 * import { SYNC_AHEAD_BYTES, SyncAhead } from "./sync_ahead.ts";
 *
 * const path = await Deno.makeTempFile();
 * const ahead = new SyncAhead(path);
 * Deno.writeFileSync(path, new Uint8Array(SYNC_AHEAD_BYTES));
 * ahead.wrote(SYNC_AHEAD_BYTES);
 * await ahead.settled();
 * ahead.close();
 * ```
 */
export class SyncAhead {
  // Apart from the writer's: a file that is being synced cannot be written to.
  readonly #file: Deno.FsFile;
  #syncedBytes = 0;
  #syncing: Promise<void> | undefined;
  #failure: unknown;

  /**
   * Opens the file once more.
   *
   * @throws {Error} what the system says where it cannot be opened for writing
   */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true });
  }

  /**
   * Begins to sync where that is worth it.
   *
   * @param bytes how much was written so far, in all
   * @returns whether it began to
   */
  wrote(bytes: number): boolean {
    if (this.#syncing !== undefined || bytes - this.#syncedBytes < SYNC_AHEAD_BYTES) return false;
    this.#syncedBytes = bytes;
    this.#syncing = this.#sync();
    return true;
  }

  /**
   * Waits for the sync that runs.
   *
   * @throws {Error} (as a rejection) what the system said where one failed
   */
  async settled(): Promise<void> {
    await this.#syncing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets go of the file. */
  close(): void {
    this.#file.close();
  }

  async #sync(): Promise<void> {
    try {
      await this.#file.syncData();
    } catch (error) {
      this.#failure ??= error;
    }
    this.#syncing = undefined;
  }
}
