/** What went wrong with a connection, or was reported by the server in place of a line. */
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

const KIND_BY_ERROR_NAME: Readonly<Record<string, FailureKind>> = {
  AddrNotAvailable: "no free local port",
  BrokenPipe: "connection reset",
  ConnectionAborted: "connection reset",
  ConnectionRefused: "connection refused",
  ConnectionReset: "connection reset",
  NotConnected: "connection reset",
  TimedOut: "no reply in time",
};

const KIND_BY_SYSTEM_CODE: Readonly<Record<string, FailureKind>> = {
  EADDRNOTAVAIL: "no free local port",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
};

/** A connection cannot go on. Its message is an example of what happened, on one line. */
export class ConnectionFailure extends Error {
  /** Always `ConnectionFailure`. */
  override readonly name = "ConnectionFailure";
  /** What is counted. */
  readonly kind: FailureKind;

  /**
   * Makes one of a known kind.
   *
   * @param kind What is counted.
   * @param example What happened, on one line.
   * @param options What caused it, where that is known.
   */
  constructor(kind: FailureKind, example: string, options?: ErrorOptions) {
    super(example, options);
    this.kind = kind;
  }

  /**
   * Sorts what a socket threw.
   *
   * @param error What it threw.
   * @param where The other side's address, for the example.
   * @returns The error itself where it is sorted already.
   */
  static from(error: unknown, where: string): ConnectionFailure {
    if (error instanceof ConnectionFailure) return error;
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    const [what = ""] = (message ?? String(error)).split(/[\r\n]/);
    const kind = kindOf(name ?? "", code ?? "", what);
    // The system's words are worth showing only where the kind does not say it all.
    return new ConnectionFailure(kind, kind === "connection failed" ? `${where}: ${what}` : where);
  }
}

function kindOf(name: string, code: string, message: string): FailureKind {
  // A name that cannot be resolved has neither a class nor a code of its own.
  if (message.includes("failed to lookup address")) return "unknown host";
  return KIND_BY_SYSTEM_CODE[code] ?? KIND_BY_ERROR_NAME[name] ?? "connection failed";
}
