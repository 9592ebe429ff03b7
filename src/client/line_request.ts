import type { ConnectionFailure } from "./connection_failure.ts";
import type { Reply } from "./reply.ts";

/** What becomes of a request: an `Error` where the line cannot be had. */
export type Outcome = Reply | ConnectionFailure | ClientClosedError;

/** A line that is asked for. */
export interface LineRequest {
  /** 1 to 2^53 - 1. */
  readonly lineNumber: number;
  /** Whether nobody wants the line any more: it is not asked for again. */
  readonly isAbandoned: boolean;
  /** Is told once what became of it; may do nothing but note it. */
  settle(outcome: Outcome): void;
}

/** Takes requests. */
export interface LineAsker {
  /** Asks for a line; the request is told what became of it. */
  ask(request: LineRequest): void;
  /** Takes an abandoned request back, where it has not been sent yet. */
  forget(request: LineRequest): void;
}

/** The client was closed, so nothing can be asked of it any more. */
export class ClientClosedError extends Error {
  /** Always `ClientClosedError`. */
  override readonly name = "ClientClosedError";

  constructor() {
    super("Cannot get a line: the client is closed");
  }
}
