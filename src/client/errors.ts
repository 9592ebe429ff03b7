/** What went wrong with a connection, or what the server reported instead of a line. */
export type FailureKind =
  | "connection refused"
  | "connection reset"
  | "connection failed"
  | "early end of stream"
  | "no free local port"
  | "no reply in time"
  | "not a reply"
  | "reply without end"
  | "server error reply"
  | "surplus bytes"
  | "too many open files"
  | "unknown host";

/** By the `code` or the `name` of a system error. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  EADDRNOTAVAIL: "no free local port",
  EAI_AGAIN: "unknown host",
  ECONNABORTED: "connection reset",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOTCONN: "connection reset",
  ENOTFOUND: "unknown host",
  EPIPE: "connection reset",
  ETIMEDOUT: "no reply in time",
  AddrNotAvailable: "no free local port",
  BrokenPipe: "connection reset",
  ConnectionAborted: "connection reset",
  ConnectionRefused: "connection refused",
  ConnectionReset: "connection reset",
  NotConnected: "connection reset",
  TimedOut: "no reply in time",
};

/** Replaces what would break a line, or change how a terminal shows it. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, "\ufffd");
}

/** A connection failed. The message is the detail of the failure on one line, such as the address. */
export class ConnectionFailure extends Error {
  /** Always `ConnectionFailure`. */
  override readonly name = "ConnectionFailure";
  /** What went wrong. */
  readonly kind: FailureKind;

  /** In `message`, U+FFFD replaces control characters and line separators. */
  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
    this.kind = kind;
  }

  /**
   * Classifies an error of a socket; a `ConnectionFailure` is returned as it is.
   *
   * @param address the server's address, for the message
   */
  static from(error: unknown, address: string): ConnectionFailure {
    if (error instanceof ConnectionFailure) return error;
    const { name = "", code = "", message = String(error) } = error as Record<string, string>;
    // In Deno, an unknown host name has neither an error class nor a code of its own.
    const kind = message.includes("failed to lookup address")
      ? "unknown host"
      : KINDS[code] ?? KINDS[name] ?? "connection failed";
    // The other kinds say all that the system's message would.
    const detail = kind === "connection failed" ? `, ${message.split(/[\r\n]/)[0]}` : "";
    return new ConnectionFailure(kind, address + detail);
  }

  /** Returns a failure of the same kind whose message also says what the program was doing. */
  during(action: string): ConnectionFailure {
    const message = `${action}: ${this.message} (${this.kind})`;
    return new ConnectionFailure(this.kind, message, { cause: this });
  }
}

/**
 * The server answered that it cannot return the line. The message is the server's answer on one line:
 * U+FFFD replaces control characters and line separators.
 */
export class ServerError extends Error {
  /** Always `ServerError`. */
  override readonly name = "ServerError";

  /** `answer` is what the server sent. */
  constructor(answer: string) {
    super(oneLine(answer));
  }
}

/** The line is longer than `lineMaxBytes`. */
export class LineTooLongError extends Error {
  /** Always `LineTooLongError`. */
  override readonly name = "LineTooLongError";

  /** `lineMaxBytes` is the limit that the line exceeds. */
  constructor(lineMaxBytes: number) {
    super(`Line too long: over ${lineMaxBytes} bytes. Raise lineMaxBytes.`);
  }
}

/** The client was closed and takes no more requests. */
export class ClientClosedError extends Error {
  /** Always `ClientClosedError`. */
  override readonly name = "ClientClosedError";

  constructor() {
    super("Cannot get a line: the client is closed");
  }
}
