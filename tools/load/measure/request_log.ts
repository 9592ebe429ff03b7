import { cannotWrite, type LoadFailure } from "../load_failure.ts";

/** A write starts when this much text is buffered. */
const WRITE_FROM_BYTES = 64 * 1024;

/** Clients wait when this much text is buffered while a write is in progress. */
const BUFFERED_MAX_BYTES = 1024 * 1024;

/** How dates are written: as ISO 8601 with milliseconds, or as the day only, such as `2026/11/29`. */
export type LogDate = "iso" | "original";

/**
 * A file with a line for each request: `<date>  <clients> <milliseconds>`, the date in UTC.
 *
 * Lines are buffered and written while the clients continue. {@linkcode RequestLog.room} makes them
 * wait if the disk is slower than the server.
 */
export class RequestLog implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #logDate: LogDate;
  // Whether this object created the file and has not begun to use it.
  #isUnusedNewFile: boolean;
  #buffered = "";
  #writing: Promise<void> | undefined;
  #failure: LoadFailure | undefined;
  #dateMs = NaN;
  #date = "";

  private constructor(file: Deno.FsFile, path: string, isNewFile: boolean, logDate: LogDate) {
    this.#file = file;
    this.#path = path;
    this.#isUnusedNewFile = isNewFile;
    this.#logDate = logDate;
  }

  /**
   * Opens a log. The content of an existing file is kept until {@linkcode begin}.
   *
   * @throws {LoadFailure} if the file cannot be written
   */
  static async open(path: string, logDate: LogDate = "iso"): Promise<RequestLog> {
    try {
      const created = await createNew(path);
      const file = created ?? await Deno.open(path, { write: true });
      return new RequestLog(file, path, created !== undefined, logDate);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /**
   * Removes the old content. Must be called before the first line is added.
   *
   * @throws {LoadFailure} (as a rejection) if that fails
   */
  async begin(): Promise<void> {
    this.#isUnusedNewFile = false;
    try {
      // Pipes and terminals cannot be truncated.
      if ((await this.#file.stat()).isFile) await this.#file.truncate();
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }

  /** Adds `count` lines of requests that took the same time. */
  add(clients: number, latencyMs: number, count: number): void {
    const nowMs = Date.now();
    if (nowMs !== this.#dateMs) {
      this.#dateMs = nowMs;
      this.#date = formatDate(nowMs, this.#logDate);
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

  /** Closes the file; buffered lines are lost. Removes the file if it is new and was never used. */
  [Symbol.dispose](): void {
    this.#file.close();
    if (this.#isUnusedNewFile) Deno.removeSync(this.#path);
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

/** Returns `undefined` if the file exists. */
async function createNew(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { write: true, createNew: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
}

function formatDate(timeMs: number, logDate: LogDate): string {
  const iso = new Date(timeMs).toISOString();
  switch (logDate) {
    case "iso":
      return iso;
    case "original":
      return iso.slice(0, "2026-11-29".length).replaceAll("-", "/");
    default:
      return logDate satisfies never;
  }
}
