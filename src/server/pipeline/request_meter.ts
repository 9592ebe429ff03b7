import type { CommandOf, Counters } from "../../metrics/counters.ts";
import type { Request } from "../../protocol/request.ts";
import type { ReplySink } from "./reply_sink.ts";

/** Counts the requests of TCP clients. */
export class RequestMeter {
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /**
   * Counts a request.
   *
   * @param replies has just answered it, and has collected its failures
   * @param pending what is still to come of the answer
   */
  count(request: Request, replies: ReplySink, pending: Promise<void> | undefined): void {
    if (pending === undefined) return this.#countAnswered(request, replies);
    pending.then(
      () => this.#countAnswered(request, replies),
      () => this.#counters.countRequest("tcp", commandOf(request), "failed"),
    );
  }

  #countAnswered(request: Request, replies: ReplySink): void {
    const { missingLines, failedLines } = replies;
    const result = failedLines > 0 ? "failed" : missingLines > 0 ? "missing" : "ok";
    this.#counters.countRequest("tcp", commandOf(request), result);
    this.#counters.add("tcp_lines", lineCount(request) - missingLines - failedLines);
  }
}

function commandOf(request: Request): CommandOf<"tcp"> {
  switch (request.kind) {
    case "lines":
      return request.numbers.length === 1 ? "get" : "mget";
    case "range":
      return "range";
    case "reply":
    case "close":
    case "shutdown":
      return "other";
  }
}

function lineCount(request: Request): number {
  switch (request.kind) {
    case "lines":
      return request.numbers.length;
    case "range":
      return request.to - request.from + 1;
    case "reply":
    case "close":
    case "shutdown":
      return 0;
  }
}
