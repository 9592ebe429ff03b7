import type { CommandOf, Counters, Slot } from "../../metrics/counters.ts";
import type { Request } from "../../protocol/request.ts";
import type { ReplySink } from "./reply_sink.ts";

type Command = CommandOf<"tcp">;

/** Where the requests for one command are counted, by their results. */
interface CommandSlots {
  readonly ok: Slot;
  readonly missing: Slot;
  readonly failed: Slot;
}

/** Counts the requests of TCP clients. */
export class RequestMeter {
  readonly #counters: Counters;
  readonly #slots: Readonly<Record<Command, CommandSlots>>;
  readonly #lines: Slot;

  constructor(counters: Counters) {
    const slotsOf = (command: Command): CommandSlots => ({
      ok: counters.requestSlot("tcp", command, "ok"),
      missing: counters.requestSlot("tcp", command, "missing"),
      failed: counters.requestSlot("tcp", command, "failed"),
    });
    this.#counters = counters;
    this.#slots = {
      get: slotsOf("get"),
      mget: slotsOf("mget"),
      range: slotsOf("range"),
      other: slotsOf("other"),
    };
    this.#lines = counters.totalSlot("tcp_lines");
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
      () => this.#counters.increase(this.#slotsOf(request).failed, 1),
    );
  }

  #countAnswered(request: Request, { missingLines, failedLines }: ReplySink): void {
    const { ok, missing, failed } = this.#slotsOf(request);
    this.#counters.increase(failedLines > 0 ? failed : missingLines > 0 ? missing : ok, 1);
    this.#counters.increase(this.#lines, lineCount(request) - missingLines - failedLines);
  }

  #slotsOf(request: Request): CommandSlots {
    switch (request.kind) {
      case "lines":
        return request.numbers.length === 1 ? this.#slots.get : this.#slots.mget;
      case "range":
        return this.#slots.range;
      case "reply":
      case "close":
      case "shutdown":
        return this.#slots.other;
    }
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
