import { cannotWrite, type LoadFailure } from "../load_failure.ts";

/** A write starts when this much text is buffered. */
const WRITE_FROM_BYTES = 64 * 1024;

/** Clients wait when this much text is buffered while a write is in progress. */
const BUFFERED_MAX_BYTES = 1024 * 1024;

/**
 * A file with a line for each request: `<date>  <clients> <milliseconds>`, the date in ISO 8601.
 *
 * Lines are buffered and written while the clients continue. {@linkcode RequestLog.room} makes them
 * wait if the disk is slower than the server.
 */
export class RequestLog {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #buffered = "";
  #writing: Promise<void> | undefined;
  #failure: LoadFailure | undefined;
  #dateMs = NaN;
  #date = "";

  private constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Opens a log; an existing file is truncated.
   *
   * @throws {LoadFailure} if the file cannot be written
   */
  static async open(path: string): Promise<RequestLog> {
    try {
      const file = await Deno.open(path, { write: true, create: true, truncate: true });
      return new RequestLog(file, path);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /** Adds `count` lines of requests that took the same time. */
  add(clients: number, latencyMs: number, count: number): void {
    const nowMs = Date.now();
    if (nowMs !== this.#dateMs) {
      this.#dateMs = nowMs;
      this.#date = new Date(nowMs).toISOString();
    }
    this.#buffered += `${this.#date}  ${clients} ${latencyMs.toFixed(3)}\n`.repeat(count);
    // Never rejects: the next flush() throws the failure.
    if (this.#buffered.length >= WRITE_FROM_BYTES) void this.#startWriting();
  }

  /**
   * Returns what to wait for before more lines are added; `undefined` if there is room.
   *
   * @throws {LoadFailure} (as a rejection) if the file cannot be written
   */
  room(): Promise<void> | undefined {
    return this.#buffered.length < BUFFERED_MAX_BYTES ? undefined : this.flush();
  }

  /**
   * Writes all buffered lines.
   *
   * @throws {LoadFailure} (as a rejection) if the file cannot be written
   */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#buffered !== "") {
      await this.#startWriting();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Closes the file; buffered lines are lost. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  // One write at a time.
  #startWriting(): Promise<void> {
    return this.#writing ??= this.#write().finally(() => this.#writing = undefined);
  }

  async #write(): Promise<void> {
    const bytes = new TextEncoder().encode(this.#buffered);
    this.#buffered = "";
    try {
      for (let done = 0; done < bytes.length && this.#failure === undefined;) {
        done += await this.#file.write(bytes.subarray(done));
      }
    } catch (error) {
      this.#failure = cannotWrite(this.#path, error);
    }
  }
}
