import type { LineSpan } from "../pages/line_batch.ts";
import { LF, type TextSource } from "../source/text_source.ts";
import { endOfContent, notALine } from "./verify_line.ts";

/** The size of the chunks in which a long line is read, except the last. */
export const CHUNK_BYTES = 256 * 1024;

/** A line that is read while it is consumed. */
export interface LongLine {
  /** Length in bytes, without the terminator. */
  readonly byteLength: number;
  /** The content without the terminator. It fails with a `TextError` if it turns out not to be the line. */
  readonly content: ReadableStream<Uint8Array>;
}

/**
 * Opens a line of any length. Its ends are verified before this returns, the rest as it is read.
 *
 * @param span at least two bytes long
 * @throws {TextError} (as a rejection) if no line begins or ends there, or the text cannot be read
 */
export async function openLongLine(
  text: TextSource,
  span: LineSpan,
  signal?: AbortSignal,
): Promise<LongLine> {
  const end = await findContentEnd(text, span, signal);
  text.check();
  let offset = span.start;
  const content = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (offset === end) return controller.close();
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, end - offset));
      await readInto(text, chunk, offset, signal);
      // The text may have changed while it was awaited.
      text.check();
      if (chunk.includes(LF)) throw notALine(text.name, span.lineNumber);
      offset += chunk.length;
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
  return { byteLength: end - span.start, content };
}

/** Fills `into`, at once if that does not block. */
export async function readInto(
  text: TextSource,
  into: Uint8Array,
  offset: number,
  signal?: AbortSignal,
): Promise<void> {
  if (!text.tryRead(into, offset)) await text.read(into, offset, signal);
}

// The ends of the line as a line of their own: the byte before it, and its last two bytes.
async function findContentEnd(
  text: TextSource,
  span: LineSpan,
  signal?: AbortSignal,
): Promise<number> {
  const ends = Uint8Array.of(LF, 0, 0);
  if (span.start > 0) await readInto(text, ends.subarray(0, 1), span.start - 1, signal);
  await readInto(text, ends.subarray(1), span.end - 2, signal);
  const contentEnd = endOfContent(ends, 1, 3, false, span.end === text.size);
  if (contentEnd < 0) throw notALine(text.name, span.lineNumber);
  return span.end - 3 + contentEnd;
}
