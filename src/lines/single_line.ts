import { pageOfLine } from "../index/format/layout.ts";
import { staleIndex } from "../index/index_error.ts";
import { IndexReader } from "../index/index_reader.ts";
import { mismatch } from "../index/freshness.ts";
import { fingerprint } from "../source/fingerprint.ts";
import { assertUnchanged, TextFile } from "../source/local/text_file.ts";
import { type LineSpan, spanOf } from "../pages/line_span.ts";
import { type LineStream, type ReadableText, streamLine } from "./line_stream.ts";

/** Which line is wanted, and of what. */
export interface SingleLineOptions {
  /** The text. */
  readonly textPath: string;
  /** Its index. */
  readonly indexPath: string;
  /** The line's number: an integer, of any size. */
  readonly line: number;
}

/**
 * One line of a text: with one read of the index, and without what a server needs, which takes longer
 * to load than the line to find.
 *
 * @example
 * ```ts
 * import { toText } from "@std/streams/to-text";
 * import { ensureIndex } from "../index/build/ensure_index.ts";
 * import { SingleLine } from "./single_line.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await ensureIndex({ textPath, indexPath });
 * using line = await SingleLine.open({ textPath, indexPath, line: 2 });
 * console.log(await toText(line.bytes)); // two
 * ```
 */
export class SingleLine {
  /** The line less its terminator, read as it is taken; fails where the text turns out to have changed. */
  readonly bytes: ReadableStream<Uint8Array>;
  readonly #text: TextFile;

  private constructor(text: TextFile, { bytes }: LineStream) {
    this.#text = text;
    this.bytes = bytes;
  }

  /**
   * Finds a line.
   *
   * @throws {TextError} (as a rejection) where the text cannot be read, or does not fit its index
   * @throws {IndexError} (as a rejection) where the index is missing, cannot be read, or is not of this
   * text
   * @throws {RangeError} (as a rejection) where there is no such line
   */
  static async open({ textPath, indexPath, line }: SingleLineOptions): Promise<SingleLine> {
    using opened = new DisposableStack();
    const text = opened.use(TextFile.open(textPath));
    const span = await findLine(text, indexPath, line);
    const stream = streamLine(
      readable(text),
      span,
      () => assertUnchanged(text, { was: "read", advice: "try again" }),
    );
    // From here on the text is the line's to close.
    opened.move();
    return new SingleLine(text, stream);
  }

  /** Closes the text at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.#text.close();
  }
}

async function findLine(text: TextFile, indexPath: string, line: number): Promise<LineSpan> {
  using index = IndexReader.open(indexPath);
  const { header } = index;
  const reason = mismatch(text.bytes, await fingerprint(text), header);
  if (reason !== undefined) throw staleIndex(indexPath, reason);
  if (line < 1 || line > header.lines) {
    const count = header.lines === 1 ? "1 line" : `${header.lines} lines`;
    throw new RangeError(`No such line: ${line}: ${text.path} has ${count}`);
  }
  const page = await index.readPage(pageOfLine(header, line));
  return spanOf(page, line, header.linesPerPage);
}

function readable(text: TextFile): ReadableText {
  return {
    path: text.path,
    bytes: text.bytes,
    readSync: (into, bytes, offset) => text.readSync(into, bytes, offset),
    read: (into, offset) => Promise.resolve(text.readSync(into, into.length, offset)),
  };
}
