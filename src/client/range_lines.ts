import { ConnectionFailure, LineTooLongError } from "./errors.ts";
import { HeldBytes } from "./held_bytes.ts";
import { RangeConnection, type RangeRequest } from "./range_connection.ts";
import { withoutEol } from "./reply_parser.ts";

const LF = 10;
const READ_BYTES = 64 * 1024;

/** Yields the lines of a range, without their terminators. Connects when the first line is asked for. */
export async function* rangeLines(
  request: RangeRequest,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  checkRange(request);
  let connection: RangeConnection | undefined;
  try {
    connection = await RangeConnection.open(request);
    const { lineMaxBytes, eol } = request.options;
    const hasCr = connection.hasCr && eol === "detect";
    const held = new HeldBytes();
    for (;;) {
      // Lines are views of it: a copy of each would take longer than everything else.
      const buffer = new Uint8Array(READ_BYTES);
      const count = await connection.read(buffer);
      if (count === null) return;
      const chunk = buffer.subarray(0, count);
      let start = 0;
      for (let lf; (lf = chunk.indexOf(LF, start)) >= 0; start = lf + 1) {
        let line = chunk.subarray(start, lf + 1);
        if (held.length > 0) line = held.append(line).slice();
        held.release();
        line = withoutEol(line, hasCr);
        if (line.length > lineMaxBytes) throw new LineTooLongError(lineMaxBytes);
        yield line;
      }
      held.append(chunk.subarray(start));
      // The last byte may be the CR of a CR LF.
      if (held.length > lineMaxBytes + 1) throw new LineTooLongError(lineMaxBytes);
    }
  } catch (error) {
    throw describe(error, request);
  } finally {
    connection?.close();
  }
}

/** The bytes of a range, received as they are read. Connects at the first read. */
export function rangeBytes(request: RangeRequest): ReadableStream<Uint8Array<ArrayBuffer>> {
  checkRange(request);
  const canceling = new AbortController();
  const signal = AbortSignal.any([request.signal, canceling.signal]);
  let connection: RangeConnection | undefined;
  return new ReadableStream({
    async pull(controller) {
      try {
        connection ??= await RangeConnection.open({ ...request, signal });
        const buffer = new Uint8Array(READ_BYTES);
        const count = await connection.read(buffer);
        if (count === null) controller.close();
        else controller.enqueue(buffer.subarray(0, count));
      } catch (error) {
        throw describe(error, request);
      }
    },
    // Also while the connection is being opened.
    cancel: (reason) => canceling.abort(reason),
  }, { highWaterMark: 0 });
}

function checkRange({ from, to }: RangeRequest): void {
  for (const lineNumber of [from, to]) {
    if (Number.isSafeInteger(lineNumber)) continue;
    throw new RangeError(
      `Line number must be an integer from -(2^53 - 1) to 2^53 - 1, not ${lineNumber}`,
    );
  }
}

function describe(error: unknown, { from, to }: RangeRequest): unknown {
  return error instanceof ConnectionFailure
    ? error.during(`Cannot get lines ${from} to ${to}`)
    : error;
}
