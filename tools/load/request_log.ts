import { describeSystemError } from "../../src/source/system_error.ts";
import { LoadFailure } from "./load_failure.ts";

/** From so much on what was gathered is written. */
const WRITE_FROM_BYTES = 64 * 1024;

/** When so much more has gathered while a write is under way, clients wait for it. */
const GATHERED_MAX_BYTES = 1024 * 1024;

/**
 * A file with a line for each request: `<date>  <clients> <milliseconds>`, the date in ISO 8601.
 *
 * Lines are gathered, and written while the clients go on; {@linkcode room} is what they wait for when
 * the disk is slower than the server.
 */
export class RequestLog {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #gathered = "";
  #writing: Promise<void> | undefined;
  #failure: LoadFailure | undefined;
  #dateMs = NaN;
  #date = "";

  private constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Opens a log, and empties the file where there is one.
   *
   * @throws {LoadFailure} where it cannot be written
   */
  static async open(path: string): Promise<RequestLog> {
    try {
      const file = await Deno.open(path, { write: true, create: true, truncate: true });
      return new RequestLog(file, path);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /**
   * Adds a line for each of some requests that took equally long.
   *
   * @param clients how many clients ask at once
   * @param latencyMs how long each took
   * @param count how many they are, 1 or more
   */
  add(clients: number, latencyMs: number, count: number): void {
    const nowMs = Date.now();
    if (nowMs !== this.#dateMs) {
      this.#dateMs = nowMs;
      this.#date = new Date(nowMs).toISOString();
    }
    this.#gathered += `${this.#date}  ${clients} ${latencyMs.toFixed(3)}\n`.repeat(count);
    // It never rejects: what failed is thrown by the next flush.
    if (this.#gathered.length >= WRITE_FROM_BYTES) void this.#startWriting();
  }

  /**
   * What to wait for before more is added; `undefined` where there is room.
   *
   * @throws {LoadFailure} in the promise, where the file cannot be written
   */
  room(): Promise<void> | undefined {
    return this.#gathered.length < GATHERED_MAX_BYTES ? undefined : this.flush();
  }

  /**
   * Writes all that was gathered.
   *
   * @throws {LoadFailure} where the file cannot be written
   */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#gathered !== "") {
      await this.#startWriting();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Closes the file; what was not flushed is lost. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  // One write at a time.
  #startWriting(): Promise<void> {
    return this.#writing ??= this.#write().finally(() => this.#writing = undefined);
  }

  async #write(): Promise<void> {
    const bytes = new TextEncoder().encode(this.#gathered);
    this.#gathered = "";
    try {
      for (let done = 0; done < bytes.length && this.#failure === undefined;) {
        done += await this.#file.write(bytes.subarray(done));
      }
    } catch (error) {
      this.#failure = cannotWrite(this.#path, error);
    }
  }
}

function cannotWrite(path: string, error: unknown): LoadFailure {
  return new LoadFailure(
    `Cannot write log: ${describeSystemError(error)}: ${path}: name another file with --log`,
  );
}
