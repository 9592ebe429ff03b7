/** Finds the end of a reply, whatever the reply says. */
export interface ReplyFramer {
  readonly isComplete: boolean;
  /** Whether the reply is complete and reports an error of the server. */
  readonly isError: boolean;
  /** Whether the reply is complete and holds a line. */
  readonly isLine: boolean;
  /** Starts the next reply. */
  reset(): void;
  /** Takes the next bytes, split anywhere; returns the position after the reply, at most `end`. */
  feed(received: Uint8Array, at: number, end: number): number;
}

const LF = 10;
/** Enough to distinguish all statuses. */
const STATUS_KEPT_BYTES = 32;

/** Whether the server says with this status that it returns no line. */
export function isErrorStatus(status: string): boolean {
  return status === "ERR" || status === "INVALID COMMAND!" || status.startsWith("Server error:");
}

/** A reply is a status line, and a second line if the status is `OK`. */
export class LineFramer implements ReplyFramer {
  isComplete: boolean = false;
  isError: boolean = false;
  isLine: boolean = false;
  #status = "";
  #isInLine = false;

  reset(): void {
    this.isComplete =
      this.isError =
      this.isLine =
      this.#isInLine =
        false;
    this.#status = "";
  }

  feed(received: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next < end && !this.isComplete) {
      if (!this.#isInLine) {
        this.#takeStatusByte(received[next++]!);
        continue;
      }
      const lf = received.subarray(next, end).indexOf(LF);
      if (lf < 0) return end;
      next += lf + 1;
      this.isComplete = this.isLine = true;
    }
    return next;
  }

  #takeStatusByte(byte: number): void {
    if (byte !== LF) {
      if (this.#status.length < STATUS_KEPT_BYTES) this.#status += String.fromCharCode(byte);
      return;
    }
    const status = this.#status.endsWith("\r") ? this.#status.slice(0, -1) : this.#status;
    this.#isInLine = status === "OK";
    this.isComplete = !this.#isInLine;
    this.isError = isErrorStatus(status);
  }
}
