import { DECIMAL_MAX_BYTES, writeDecimal } from "./decimal.ts";
import type { ReplyFramer, WireProtocol } from "./wire_protocol.ts";

const LF = 10;
const VERB = new TextEncoder().encode("GET ");
const OK = new TextEncoder().encode("OK\n");

/** Long enough to tell all statuses apart. */
const STATUS_KEPT_BYTES = 32;

/** The line protocol: `GET 5` is answered with `OK`, LF, the fifth line and LF. */
export const lineWire: WireProtocol = {
  requestMaxBytes: VERB.length + DECIMAL_MAX_BYTES + 1,
  replyHeadMaxBytes: OK.length,
  replyTail: new Uint8Array([LF]),
  encodeRequest(lineNumber, into, at) {
    into.set(VERB, at);
    const end = writeDecimal(lineNumber, into, at + VERB.length);
    into[end] = LF;
    return end + 1;
  },
  encodeReplyHead(_lineByteCount, into) {
    into.set(OK);
    return OK.length;
  },
  createFramer: () => new LineFramer(),
};

/** A reply is one line, or two where the first is `OK`. */
class LineFramer implements ReplyFramer {
  isComplete = false;
  isError = false;
  isLine = false;
  #status = "";
  #isStatusComplete = false;

  reset(): void {
    this.isComplete =
      this.isError =
      this.isLine =
      this.#isStatusComplete =
        false;
    this.#status = "";
  }

  feed(received: Uint8Array, at: number, end: number): number {
    for (let i = at; i < end; i++) {
      const byte = received[i]!;
      if (byte === LF) this.#endLine();
      else if (!this.#isStatusComplete && this.#status.length < STATUS_KEPT_BYTES) {
        this.#status += String.fromCharCode(byte);
      }
      if (this.isComplete) return i + 1;
    }
    return end;
  }

  #endLine(): void {
    const status = this.#status.trimEnd();
    this.isComplete = this.#isStatusComplete || status !== "OK";
    this.isError = this.isComplete && isErrorStatus(status);
    this.isLine = this.#isStatusComplete;
    this.#isStatusComplete = true;
  }
}

function isErrorStatus(status: string): boolean {
  return status === "ERR" || status === "INVALID COMMAND!" || status.startsWith("Server error:");
}
