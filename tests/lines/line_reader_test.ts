import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PIECE_BYTES } from "../../src/lines/line_stream.ts";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import { TextError } from "../../src/source/text_error.ts";
import { type ByteRange, LineReader, SHORT_LINE_MAX_BYTES } from "../../src/lines/line_reader.ts";
import type { LineSpan } from "../../src/pages/line_span.ts";
import type { PositionalText } from "../../src/source/local/positional_text.ts";
import { RESIDENT_BLOCK_BYTES } from "../../src/source/local/resident_blocks.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { turn } from "../support/pending.ts";
import { bytesOf, naiveLines, openPositional } from "../support/text_fixture.ts";

const LF = 10;

/** A text without an index, open for reading. */
class Scene implements Disposable {
  readonly path = Deno.makeTempFileSync();
  readonly reader: LineReader;
  /** Time passes as the test says, so that no read is slow by chance. */
  readonly clock = new ManualClock();
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

  /** A line that is read at once, waiting for the disk or not. */
  read(span: LineSpan): Uint8Array {
    return this.#taken(this.reader.read(span), span);
  }

  /** A line that is read at once where it is at hand. */
  readAtHand(span: LineSpan): Uint8Array | undefined {
    const range = this.reader.readAtHand(span);
    return range === undefined ? undefined : this.#taken(range, span);
  }

  // An LF within is for who takes the line to see.
  #taken(range: ByteRange, span: LineSpan): Uint8Array {
    const bytes = bytesOf(range);
    if (bytes.includes(LF)) throw this.reader.notALine(span);
    return bytes;
  }

  async assertRefused(span: LineSpan): Promise<void> {
    const what = JSON.stringify(span);
    assertThrows(() => this.read(span), TextError, undefined, `read ${what}`);
    assertThrows(() => this.readAtHand(span), TextError, undefined, `readAtHand ${what}`);
    await assertRejects(() => this.streamed(span), TextError, undefined, `stream ${what}`);
  }

  /** Reads a byte, and that seems to wait for the disk: then blocks not read before are not at hand. */
  stall(offset: number): void {
    this.clock.slowly(20, () => this.#text.readSync(new Uint8Array(1), 1, offset));
  }

  [Symbol.dispose](): void {
    this.clock[Symbol.dispose]();
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

Deno.test("every way of reading gives every line of the table, as a naive splitting does", async () => {
  for (const text of TEXTS) {
    using scene = new Scene(text);
    const expected = naiveLines(new TextEncoder().encode(text));
    const spans = spansOf(text);
    assertEquals(spans.map((span) => scene.read(span)), expected);
    assertEquals(spans.map((span) => scene.readAtHand(span)), expected);
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
          assertEquals(scene.read(span), expected);
          assertEquals(scene.readAtHand(span), expected);
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

/** One block is full of lines of 8 bytes. */
const LINE_BYTES = 8;
const BLOCKS_OF_LINES = Array.from(
  { length: 6 * RESIDENT_BLOCK_BYTES / LINE_BYTES },
  (_, i) => `${i + 1}`.padEnd(LINE_BYTES - 1, ".") + "\n",
).join("");

/** The line that is the first of a block. */
function firstLineOf(block: number): LineSpan {
  const start = block * RESIDENT_BLOCK_BYTES;
  return { line: 1 + start / LINE_BYTES, start, end: start + LINE_BYTES };
}

function textOf(span: LineSpan): Uint8Array {
  return new TextEncoder().encode(BLOCKS_OF_LINES.slice(span.start, span.end - 1));
}

Deno.test("a line that is not at hand is given once it was fetched, and at once by read", async () => {
  using scene = new Scene(BLOCKS_OF_LINES);
  scene.stall(0);
  const [fetched, other] = [firstLineOf(3), firstLineOf(5)];
  assertEquals([fetched, other].map((span) => scene.readAtHand(span)), [undefined, undefined]);
  // The byte before the line stands in another block.
  await scene.reader.fetch(fetched);
  assertEquals(scene.readAtHand(fetched), textOf(fetched));
  assertEquals(scene.readAtHand(other), undefined);
  assertEquals(scene.read(other), textOf(other));
});

Deno.test("the first line and the last are fetched, whatever follows", async () => {
  const last = "the last\r";
  using scene = new Scene(BLOCKS_OF_LINES + last);
  scene.stall(3 * RESIDENT_BLOCK_BYTES);
  const end = BLOCKS_OF_LINES.length;
  const spans = [firstLineOf(0), { line: 2, start: end, end: end + last.length }];
  const found: (Uint8Array | undefined)[] = [];
  for (const span of spans) {
    assertEquals(scene.readAtHand(span), undefined);
    await scene.reader.fetch(span);
    found.push(scene.readAtHand(span));
  }
  assertEquals(found, [textOf(spans[0]!), new TextEncoder().encode(last)]);
});

Deno.test("a line that is fetched is checked when it is read, as any other", async () => {
  using scene = new Scene(BLOCKS_OF_LINES);
  const span = firstLineOf(3);
  scene.stall(0);
  await scene.reader.fetch(span);
  await scene.assertRefused({ ...span, start: span.start + 1 });
  Deno.writeTextFileSync(scene.path, BLOCKS_OF_LINES.replaceAll(".\n", "\n."));
  await scene.assertRefused(span);
});

Deno.test("a line beyond the text, or where it was cut off, is not fetched", async () => {
  using scene = new Scene(BLOCKS_OF_LINES);
  const end = BLOCKS_OF_LINES.length;
  const beyond = { line: 7, start: end - 1, end: end + 1 };
  await assertRejects(() => scene.reader.fetch(beyond), TextError, "line 7");
  Deno.truncateSync(scene.path, RESIDENT_BLOCK_BYTES);
  await assertRejects(() => scene.reader.fetch(firstLineOf(2)), TextError, "Text ends at byte");
});
