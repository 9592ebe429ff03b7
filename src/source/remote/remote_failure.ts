import { describeSystemError, systemErrorRemedy } from "../messages.ts";
import { TextError } from "../text_source.ts";

/** What {@linkcode RemoteFailure} can be made of, besides its reason. */
export interface RemoteFailureOptions {
  /** What the user can do, as a sentence. */
  readonly remedy?: string | undefined;
  /** Whether the same request may succeed later. */
  readonly isTransient?: boolean;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** The status of the answer; undefined if there is none. */
  readonly status?: number;
  /** What S3 calls the error. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/** A request failed. The message says why in a few words, without any secret. */
export class RemoteFailure extends Error {
  override readonly name = "RemoteFailure";
  readonly remedy: string;
  readonly isTransient: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly code: string | undefined;

  constructor(reason: string, options: RemoteFailureOptions = {}) {
    super(reason, { cause: options.cause });
    this.remedy = options.remedy ?? "Check the server.";
    this.isTransient = options.isTransient ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
    this.code = options.code;
  }
}

/** The object is no longer the one that was opened. The message says how in a few words. */
export class RemoteChange extends Error {
  override readonly name = "RemoteChange";
}

/** What was to be done. */
export type RemoteAction = "read" | "write" | "list";

/** Makes the error for users of what a request failed with. Errors that are for users already are kept. */
export function toRemoteError(action: RemoteAction, name: string, error: unknown): Error {
  if (error instanceof TextError) return error;
  if (error instanceof RemoteChange) {
    return new TextError(`File changed: ${name} (${error.message}). Start linesvr again.`, {
      cause: error,
    });
  }
  const { message, remedy } = error instanceof RemoteFailure
    ? error
    : { message: describeSystemError(error), remedy: "Check the server." };
  const what = action === "list" ? "files" : "file";
  return new TextError(`Cannot ${action} ${what}: ${name} (${message}). ${remedy}`, {
    cause: error,
  });
}

const NETWORK_ERRORS: readonly [pattern: RegExp, reason: string, isTransient: boolean][] = [
  [/certificate|CertNotValid|UnknownIssuer/i, "the certificate of the server is not valid", false],
  [/dns error|lookup/i, "the name of the host cannot be resolved", true],
  [/refused/i, "connection refused", true],
  [/blocked/i, "the port is not allowed for HTTP", false],
  [/corrupt message|InvalidContentType/i, "the server does not speak TLS", false],
];

/**
 * Makes a failure of what `fetch` threw. Its messages are not shown, because they have the URL with its query.
 */
export function networkFailure(error: unknown): RemoteFailure {
  if (error instanceof Deno.errors.NotCapable) {
    return new RemoteFailure(describeSystemError(error), { remedy: systemErrorRemedy(error) });
  }
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  const text = `${message} ${(cause as { message?: unknown } | undefined)?.message}`;
  const [, reason, isTransient] = NETWORK_ERRORS.find(([pattern]) => pattern.test(text)) ??
    [undefined, "the connection failed", true];
  return new RemoteFailure(reason, { isTransient, remedy: "Check the network and the server." });
}
