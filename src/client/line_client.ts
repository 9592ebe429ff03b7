import { ConnectionFailure } from "./connection_failure.ts";
import { assertLineNumber } from "./line_number.ts";
import { type LineNumbers, OrderedLines } from "./ordered_lines.ts";
import { PendingLine } from "./pending_line.ts";
import type { ServerAddress } from "./server_address.ts";
import { RETRY_DELAY_MAX_MS, ServerLink, type ServerLinkOptions } from "./server_link.ts";

/** Where a server is, and how it is asked. */
export interface LineClientOptions extends Partial<ServerAddress> {
  /**
   * A name or an address; an IPv6 address without brackets.
   *
   * @default {"127.0.0.1"}
   */
  readonly hostname?: string;
  /**
   * The port, 1 to 65535.
   *
   * @default {10497}
   */
  readonly port?: number;
  /**
   * How many requests are on their way at a time, 1 to 65536; further ones wait. So many lines may be
   * held in memory at a time.
   *
   * @default {256}
   */
  readonly pipelineMax?: number;
  /**
   * How long a line may be, 1 to 2^30; a longer one is not kept, and ends in a `LineTooLongError`.
   *
   * @default {67_108_864}
   */
  readonly lineMaxBytes?: number;
  /**
   * A connection on which nothing comes for so long, while something is asked, is given up; 1 to
   * 2^31 - 1. For a limit on one request, with all its retries, use a signal.
   *
   * @default {30_000}
   */
  readonly timeoutMs?: number;
  /**
   * How long connecting may take, 1 to 2^31 - 1.
   *
   * @default {10_000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * How many connections more are tried, 0 or more, when one has failed. A reply sets the count back.
   *
   * @default {2}
   */
  readonly retries?: number;
  /**
   * How long to wait before the first of them, 0 to 5000; doubles from each to the next, up to 5 s.
   *
   * @default {100}
   */
  readonly retryDelayMs?: number;
}

/** How lines are got. */
export interface GetOptions {
  /** Lets the request reject with its reason, at once. */
  readonly signal?: AbortSignal;
}

const DEFAULTS: ServerLinkOptions = {
  hostname: "127.0.0.1",
  port: 10497,
  pipelineMax: 256,
  lineMaxBytes: 64 * 1024 * 1024,
  timeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  retries: 2,
  retryDelayMs: 100,
};

const TIMER_MAX_MS = 2 ** 31 - 1;

/** The smallest and the largest value of every number among the options. */
const RANGES = {
  port: [1, 65_535],
  pipelineMax: [1, 65_536],
  lineMaxBytes: [1, 2 ** 30],
  timeoutMs: [1, TIMER_MAX_MS],
  connectTimeoutMs: [1, TIMER_MAX_MS],
  retries: [0, Number.MAX_SAFE_INTEGER],
  retryDelayMs: [0, RETRY_DELAY_MAX_MS],
} as const;

/**
 * Asks a linesvr for lines, over one connection.
 *
 * - Any number of requests may wait; those made in the same turn leave in one write, and up to
 *   `pipelineMax` are on their way at a time.
 * - A line is whole, or it is an error. What came of a line before its connection broke is thrown away.
 * - When the connection breaks, what was not answered is asked again on a new one, up to `retries`
 *   times in a row. A connection that ends while nothing is asked is replaced when it is needed.
 * - An aborted request rejects at once; others are not disturbed.
 * - It holds a socket and keeps the program alive until it is closed.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../index/build/ensure_index.ts";
 * import { openServer } from "../server/open_server.ts";
 * import { LineClient } from "./line_client.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\nthree\n");
 * await ensureIndex({ textPath, indexPath });
 * const server = openServer({
 *   textPath,
 *   indexPath,
 *   cacheBytes: 1024 * 1024,
 *   eol: "lf",
 *   hostname: "127.0.0.1",
 *   port: 0,
 *   maxConnections: 10,
 *   idleTimeoutMs: 0,
 *   shutdownPolicy: "off",
 * }, { log: console.error });
 *
 * {
 *   await using client = await LineClient.connect({ port: server.port });
 *   console.log(await client.getText(2)); // "two"
 *   console.log(await client.get(4)); // undefined
 *   for await (const line of client.getAll([3, 1])) {
 *     console.log(new TextDecoder().decode(line)); // "three", "one"
 *   }
 * }
 *
 * server.shutDown();
 * await server.finished;
 * ```
 */
export class LineClient implements AsyncDisposable {
  readonly #link: ServerLink;
  readonly #pipelineMax: number;

  private constructor(link: ServerLink, pipelineMax: number) {
    this.#link = link;
    this.#pipelineMax = pipelineMax;
  }

  /**
   * Connects to a server, with one try.
   *
   * @throws {ConnectionFailure} Where that fails.
   * @throws {RangeError} Where an option is outside its range.
   */
  static async connect(options: LineClientOptions = {}): Promise<LineClient> {
    const known = { ...DEFAULTS, ...options };
    assertInRange(known);
    try {
      return new LineClient(await ServerLink.open(known), known.pipelineMax);
    } catch (error) {
      if (!(error instanceof ConnectionFailure)) throw error;
      const { kind, message } = error;
      throw new ConnectionFailure(kind, `Cannot connect: ${kind}: ${message}`, { cause: error });
    }
  }

  /**
   * Gets a line.
   *
   * @param lineNumber 1 to 2^53 - 1.
   * @param options Can end the request early.
   * @returns The line's bytes, without what ends it; `undefined` where there is no such line.
   * @throws {ConnectionFailure} Where no connection gave a reply; its `kind` tells why.
   * @throws {ServerError} Where the server answers that it cannot give the line.
   * @throws {LineTooLongError} Where the line is over `lineMaxBytes`.
   * @throws {ClientClosedError} Where the client is closed, or is closed meanwhile.
   * @throws {RangeError} Where the number is not one a line can have.
   */
  async get(
    lineNumber: number,
    { signal }: GetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    assertLineNumber(lineNumber);
    signal?.throwIfAborted();
    const pending = new PendingLine(lineNumber);
    const abandon = () => {
      pending.abandon(signal!.reason);
      this.#link.forget(pending);
    };
    signal?.addEventListener("abort", abandon);
    this.#link.ask(pending);
    try {
      return await pending.line;
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
  }

  /**
   * Gets a line as a text: its bytes read as UTF-8, where what is none becomes U+FFFD.
   *
   * @throws What {@linkcode LineClient.get} throws.
   */
  async getText(lineNumber: number, options?: GetOptions): Promise<string | undefined> {
    const line = await this.get(lineNumber, options);
    return line && new TextDecoder("utf-8", { ignoreBOM: true }).decode(line);
  }

  /**
   * Gets many lines, in the order of their numbers in `lineNumbers`, asking for up to `pipelineMax`
   * ahead. Numbers are taken only as far as lines are, so they can be without end. Where one line
   * cannot be had, that is thrown in its place, and the iteration ends.
   *
   * @param lineNumbers 1 to 2^53 - 1 each, in any order.
   * @param options Can end the iteration early.
   * @returns The lines; `undefined` in place of one that does not exist.
   * @throws What {@linkcode LineClient.get} throws.
   */
  getAll(
    lineNumbers: LineNumbers,
    { signal }: GetOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer> | undefined, void, void> {
    const aheadMax = this.#pipelineMax;
    return new OrderedLines(this.#link, lineNumbers, { aheadMax, signal }).take();
  }

  /** Closes the connection; what is not answered rejects. Closing twice does nothing more. */
  close(): Promise<void> {
    return this.#link.close();
  }

  /** Closes the client at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function assertInRange(options: ServerLinkOptions): void {
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const value = options[name as keyof typeof RANGES];
    if (Number.isSafeInteger(value) && value >= min && value <= max) continue;
    throw new RangeError(`${name} must be an integer from ${min} to ${max}: ${value}`);
  }
}
