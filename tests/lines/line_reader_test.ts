import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import { TextError } from "../../src/text/text_error.ts";
import { LineReader, PIECE_BYTES, SHORT_LINE_MAX_BYTES } from "../../src/lines/line_reader.ts";
import type { LineSpan } from "../../src/lines/line_span.ts";
import type { PositionalText } from "../../src/lines/positional_text.ts";
import { turn } from "../support/pending.ts";
import { bytesOf, naiveLines, openPositional } from "../support/text_fixture.ts";

/** A text without an index, open for reading. */
class Scene implements Disposable {
  readonly path = Deno.makeTempFileSync();
  readonly reader: LineReader;
  /** How often a piece of a stream was read. */
  reads = 0;
  readonly #text: PositionalText;

  constructor(text: string) {
    Deno.writeTextFileSync(this.path, text);
    this.#text = openPositional(this.path);
    const read = this.#text.read.bind(this.#text);
    this.#text.read = (into, offset) => {
      this.reads++;
      return read(into, offset);
    };
    this.reader = new LineReader(this.#text);
  }

  /** Every byte of a line that is taken piece by piece. */
  async streamed(span: LineSpan): Promise<Uint8Array> {
    const { lineBytes, bytes } = this.reader.stream(span);
    const all = new Uint8Array(await toArrayBuffer(bytes));
    assertEquals(all.length, lineBytes);
    return all;
  }

  async assertRefused(span: LineSpan): Promise<void> {
    const what = JSON.stringify(span);
    assertThrows(() => this.reader.read(span), TextError, undefined, `read ${what}`);
    await assertRejects(() => this.streamed(span), TextError, undefined, `stream ${what}`);
  }

  [Symbol.dispose](): void {
    this.#text.close();
    Deno.removeSync(this.path);
  }
}

/** Where the lines of a text stand, by the naive splitting. */
function spansOf(text: string): LineSpan[] {
  const spans: LineSpan[] = [];
  for (let start = 0; start < text.length;) {
    const lf = text.indexOf("\n", start);
    const end = lf < 0 ? text.length : lf + 1;
    spans.push({ line: spans.length + 1, start, end });
    start = end;
  }
  return spans;
}

const TEXTS = [
  "",
  "\n",
  "\r\n",
  "\r",
  "x",
  "\n\n\n",
  "\r\n\r\n",
  "\n\r\n\r",
  "one\ntwo\nthree\n",
  "one\ntwo\nthree",
  "one\r\ntwo\r\n\r\nfour",
  "a\rb\n\rc\r\r\nd\r",
  "\0\n\0\0\r\n\n\0",
];

Deno.test("read and stream give every line of the table, as a naive splitting does", async () => {
  for (const text of TEXTS) {
    using scene = new Scene(text);
    const expected = naiveLines(new TextEncoder().encode(text));
    const spans = spansOf(text);
    assertEquals(spans.map((span) => bytesOf(scene.reader.read(span))), expected);
    assertEquals(await Promise.all(spans.map((span) => scene.streamed(span))), expected);
  }
});

Deno.test("of all spans of a text, only those of its lines are not refused", async () => {
  for (const text of TEXTS) {
    using scene = new Scene(text);
    const lines = new Set(spansOf(text).map(({ start, end }) => `${start}-${end}`));
    for (let start = 0; start <= text.length + 1; start++) {
      for (let end = start + 1; end <= text.length + 2; end++) {
        if (!lines.has(`${start}-${end}`)) await scene.assertRefused({ line: 1, start, end });
      }
    }
  }
});

Deno.test("an empty span is refused: every line has a byte at least", async () => {
  for (const text of TEXTS) {
    using scene = new Scene(text);
    for (let at = 0; at <= text.length; at++) {
      await scene.assertRefused({ line: 1, start: at, end: at });
    }
  }
});

for (const bytes of [SHORT_LINE_MAX_BYTES - 1, SHORT_LINE_MAX_BYTES, SHORT_LINE_MAX_BYTES + 1]) {
  for (const terminator of ["\n", "\r\n", ""]) {
    const what = `${bytes} bytes with ${JSON.stringify(terminator)} at its end`;
    Deno.test(`a line of ${what} is read whole, and no wrong span of it`, async () => {
      const content = "x".repeat(bytes - terminator.length);
      // As the first line of a text, and behind another.
      for (const before of ["", "before\n"]) {
        for (const behind of terminator === "" ? [""] : ["", "behind\n"]) {
          using scene = new Scene(`${before}${content}${terminator}${behind}`);
          const start = before.length;
          const end = start + bytes;
          const span = { line: 1, start, end };
          const expected = new TextEncoder().encode(content);
          assertEquals(await scene.streamed(span), expected);
          if (bytes > SHORT_LINE_MAX_BYTES) continue;
          assertEquals(bytesOf(scene.reader.read(span)), expected);
          await scene.assertRefused({ line: 1, start: start + 1, end });
          await scene.assertRefused({ line: 1, start, end: end - 1 });
        }
      }
    });
  }
}

Deno.test("a long line comes in pieces, each read when it is taken", async () => {
  const content = "abc".repeat(PIECE_BYTES) + "d";
  using scene = new Scene(`first\n${content}\r\nlast`);
  const { lineBytes, bytes } = scene.reader.stream({ line: 2, start: 6, end: 8 + content.length });
  assertEquals(lineBytes, content.length);
  const reader = bytes.getReader();
  for (let taken = 0; taken < 4; taken++) {
    await turn();
    assertEquals(scene.reads, taken);
    assertEquals((await reader.read()).value?.length, taken < 3 ? PIECE_BYTES : 1);
  }
  assertEquals([(await reader.read()).done, scene.reads], [true, 4]);
});

Deno.test("a piece that was handed out is not changed by the next", async () => {
  const content = "a".repeat(PIECE_BYTES) + "b".repeat(PIECE_BYTES) + "c";
  using scene = new Scene(content);
  const { bytes } = scene.reader.stream({ line: 1, start: 0, end: content.length });
  const pieces = await Array.fromAsync(bytes);
  const text = pieces.map((piece) => new TextDecoder().decode(piece)).join("");
  assertEquals(text === content, true);
});

Deno.test("a terminator deep within a long line ends its stream with an error", async () => {
  const content = "x".repeat(2 * PIECE_BYTES);
  const text = `${content}\n${content}\n`;
  using scene = new Scene(text);
  const { bytes } = scene.reader.stream({ line: 1, start: 0, end: text.length });
  const reader = bytes.getReader();
  assertEquals((await reader.read()).value?.length, PIECE_BYTES);
  assertEquals((await reader.read()).value?.length, PIECE_BYTES);
  await assertRejects(() => reader.read(), TextError, "line 1");
});

Deno.test("a text that is cut off while a line is streamed ends the stream with an error", async () => {
  const content = "x".repeat(3 * PIECE_BYTES);
  using scene = new Scene(content);
  const { bytes } = scene.reader.stream({ line: 1, start: 0, end: content.length });
  const reader = bytes.getReader();
  assertEquals((await reader.read()).value?.length, PIECE_BYTES);
  Deno.truncateSync(scene.path, 2 * PIECE_BYTES - 1);
  await assertRejects(() => reader.read(), TextError, "Text ends at byte");
});

Deno.test("a line whose terminators moved since it was opened is refused", async () => {
  using scene = new Scene("one\ntwo\nsix\n");
  const two = { line: 2, start: 4, end: 8 };
  for (const text of ["onetwo\n\nsix\n", "one\ntwosix\n\n", "one\nt\no\nsix\n", "one\nt", ""]) {
    Deno.writeTextFileSync(scene.path, text);
    await scene.assertRefused(two);
  }
});
