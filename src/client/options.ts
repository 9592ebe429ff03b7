import type { ServerAddress } from "./server_address.ts";

/** Options of `LineClient.connect`. The server is at 127.0.0.1, port 10497, by default. */
export interface LineClientOptions extends Partial<ServerAddress> {
  /** The greatest number of commands in flight, 1 to 65536; 256 by default. Further commands wait. */
  readonly pipelineMax?: number;
  /**
   * The length of the longest accepted line, 1 to 2^30; 64 MiB by default. A longer line is discarded,
   * and its request fails with a `LineTooLongError`.
   */
  readonly lineMaxBytes?: number;
  /**
   * How long the server may be silent while requests are in flight, 1 to 2^31 - 1; 30,000 by default.
   * Then the connection is closed. To limit the time of one request with its retries, use a signal.
   */
  readonly timeoutMs?: number;
  /** The time limit for connecting, 1 to 2^31 - 1; 10,000 by default. */
  readonly connectTimeoutMs?: number;
  /** How many more connections are tried after one has failed; 2 by default. A reply resets the count. */
  readonly retries?: number;
  /** The delay before the first retry, 0 to 5000; 100 by default. Doubles with each retry, up to 5 s. */
  readonly retryDelayMs?: number;
  /**
   * How the server ends its replies. `detect`, the default, accepts the server's `--eol lf` and
   * `--eol crlf`. For a server with `--eol crlf-status`, set `crlf-status`: its replies look like those of
   * `crlf` if a line ends with CR.
   */
  readonly eol?: ReplyEol;
}

/** Options of one request. */
export interface GetOptions {
  /** Aborts the request: it rejects with the signal's reason at once. */
  readonly signal?: AbortSignal;
}

/** How a server ends its replies. */
export type ReplyEol = "detect" | "crlf-status";

const REPLY_EOLS: readonly ReplyEol[] = ["detect", "crlf-status"];

export type CompleteOptions = Required<LineClientOptions>;

/** The longest delay before a connection attempt. */
export const RETRY_DELAY_MAX_MS = 5_000;
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The default, the least and the greatest value of each numeric option. */
const NUMBERS = {
  port: [10_497, 1, 65_535],
  pipelineMax: [256, 1, 65_536],
  lineMaxBytes: [64 * 1024 * 1024, 1, 2 ** 30],
  timeoutMs: [30_000, 1, TIMER_MAX_MS],
  connectTimeoutMs: [10_000, 1, TIMER_MAX_MS],
  retries: [2, 0, Number.MAX_SAFE_INTEGER],
  retryDelayMs: [100, 0, RETRY_DELAY_MAX_MS],
} as const;
type Numbers = { -readonly [name in keyof typeof NUMBERS]: number };

/** @throws {RangeError} if an option is out of its range */
export function completeOptions(options: LineClientOptions): CompleteOptions {
  const numbers = {} as Numbers;
  for (const [key, [byDefault, min, max]] of Object.entries(NUMBERS)) {
    const name = key as keyof Numbers;
    const value = name in options ? options[name]! : byDefault;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new RangeError(`${name} must be an integer from ${min} to ${max}, not ${value}`);
    }
    numbers[name] = value;
  }
  const { eol = "detect" } = options;
  if (!REPLY_EOLS.includes(eol)) {
    throw new RangeError(`eol must be ${REPLY_EOLS.join(" or ")}, not ${eol}`);
  }
  return { hostname: "127.0.0.1", ...options, ...numbers, eol };
}
