import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ConnectionFailure, LineTooLongError, ServerError } from "../../src/client/errors.ts";
import { type Reply, ReplyParser, STATUS_MAX_BYTES } from "../../src/client/reply_parser.ts";
import { asText, latin1, okReplies } from "../support/e2e_bytes.ts";

const LINE_MAX_BYTES = 20;

/** Formats a reply so that it can be compared and read. */
function shown(reply: Reply): string {
  if (reply === undefined) return "no such line";
  return reply instanceof Error ? `${reply.name}: ${reply.message}` : `line ${asText(reply)}`;
}

function parsed(chunks: readonly Uint8Array[], lineMaxBytes = LINE_MAX_BYTES): string[] {
  const replies: string[] = [];
  const parser = new ReplyParser({ lineMaxBytes, eol: "detect" });
  for (const chunk of chunks) {
    const buffer = chunk.slice();
    for (const reply of parser.parse(buffer)) replies.push(shown(reply));
    // A socket would reuse the buffer now.
    buffer.fill(0x21);
  }
  return replies;
}

const TOO_LONG = shown(new LineTooLongError(LINE_MAX_BYTES));

const TABLE: readonly (readonly [what: string, bytes: string, replies: readonly string[]])[] = [
  ["lines", "OK\nfirst\nOK\nsecond\n", ["line first", "line second"]],
  ["lines of a CRLF server", "OK\r\nfirst\r\nOK\r\nsecond\r\n", ["line first", "line second"]],
  ["empty lines", "OK\n\nOK\r\n\r\nOK\n\n", ["line ", "line ", "line "]],
  ["lines that end with CR", "OK\na\r\nOK\r\na\r\r\nOK\n\r\n", ["line a\r", "line a\r", "line \r"]],
  ["lines that look like a status", "OK\nOK\nOK\nERR\nOK\r\nOK\r\n", [
    "line OK",
    "line ERR",
    "line OK",
  ]],
  ["lines of any byte", "OK\n\0\xff\r\x80\nOK\n\x0a", ["line \0\xff\r\x80", "line "]],
  ["lines that do not exist", "ERR\nERR\r\nOK\nx\n", ["no such line", "no such line", "line x"]],
  ["refusals", "Server error: the text changed\nINVALID COMMAND!\r\nOK\nx\n", [
    "ServerError: Server error: the text changed",
    "ServerError: INVALID COMMAND!",
    "line x",
  ]],
  ["lines of the longest length", `OK\n${"x".repeat(20)}\nOK\r\n${"y".repeat(20)}\r\n`, [
    `line ${"x".repeat(20)}`,
    `line ${"y".repeat(20)}`,
  ]],
  ["lines that are too long", `OK\n${"x".repeat(21)}\nOK\na\nOK\r\n${"y".repeat(99)}\r\nOK\nb\n`, [
    TOO_LONG,
    "line a",
    TOO_LONG,
    "line b",
  ]],
];

for (const [what, text, replies] of TABLE) {
  const bytes = latin1(text);

  Deno.test(`ReplyParser parses ${what} in one chunk`, () => {
    assertEquals(parsed([bytes]), replies);
  });

  Deno.test(`ReplyParser parses ${what} byte by byte`, () => {
    assertEquals(parsed(Array.from(bytes, (byte) => Uint8Array.of(byte))), replies);
  });

  Deno.test(`ReplyParser parses ${what} split at any byte`, () => {
    for (let at = 0; at <= bytes.length; at++) {
      assertEquals(parsed([bytes.subarray(0, at), bytes.subarray(at)]), replies, `cut at ${at}`);
    }
  });
}

Deno.test("ReplyParser reports a reply with its last byte, not before", () => {
  for (const eol of ["\n", "\r\n"]) {
    const bytes = okReplies([latin1("half a line")], eol);
    assertEquals(parsed([bytes.subarray(0, -1)]), []);
    assertEquals(parsed([bytes]), ["line half a line"]);
  }
  assertEquals(parsed([latin1("ERR")]), []);
});

Deno.test("ReplyParser reports a line over lineMaxBytes before the line ends", () => {
  assertEquals(parsed([latin1("OK\n"), latin1("x".repeat(22))]), [TOO_LONG]);
});

Deno.test("ReplyParser throws at an invalid reply after reporting the replies before it", () => {
  for (
    const wrong of [
      "HTTP/1.1 400 Bad Request\r\n",
      "\n",
      "\r\n",
      "ok\n",
      "OK \n",
      " OK\n",
      "OK\r\r\n",
      "OKAY\n",
      "\xef\xbb\xbfERR\n",
      "ERR 5\n",
      "$5\r\n",
      // A line of a CRLF server that ends with LF alone.
      "OK\r\nx\n",
      "OK\r\n\n",
    ]
  ) {
    for (const chunkBytes of [1, 2, 100]) {
      const replies: string[] = [];
      const parser = new ReplyParser({ lineMaxBytes: LINE_MAX_BYTES, eol: "detect" });
      const bytes = latin1(`OK\nx\nERR\n${wrong}`);
      const failure = assertThrows(() => {
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          const chunk = bytes.subarray(at, at + chunkBytes);
          for (const reply of parser.parse(chunk)) replies.push(shown(reply));
        }
      }, ConnectionFailure);
      assertEquals(failure.kind, "not a reply");
      assertEquals(replies, ["line x", "no such line"], JSON.stringify(wrong));
    }
  }
});

Deno.test("ReplyParser throws when a status exceeds STATUS_MAX_BYTES", () => {
  const parser = new ReplyParser({ lineMaxBytes: LINE_MAX_BYTES, eol: "detect" });
  assertEquals([...parser.parse(new Uint8Array(STATUS_MAX_BYTES).fill(0x78))], []);
  assertThrows(() => [...parser.parse(latin1("x"))], ConnectionFailure, "xx");
});

Deno.test("ReplyParser assembles a long line from many chunks", () => {
  const line = Uint8Array.from(
    { length: 1_000_000 },
    (_, i) => i % 10 === 0 ? 0x0d : i % 251 | 0x10,
  );
  const bytes = okReplies([line, latin1("next")]);
  for (const chunkBytes of [999, 65_536, 2_000_000]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      chunks.push(bytes.subarray(at, at + chunkBytes));
    }
    assertEquals(parsed(chunks, line.length), [`line ${asText(line)}`, "line next"]);
  }
});

Deno.test("ReplyParser keeps the message of a server error", () => {
  const message = "Server error: Cannot read text: é: no such file";
  const [reply] = new ReplyParser({ lineMaxBytes: 1, eol: "detect" }).parse(
    new TextEncoder().encode(`${message}\n`),
  );
  assertInstanceOf(reply, ServerError);
  assertEquals(reply.message, message);
});

Deno.test("ReplyParser replaces control characters in the message of an error", () => {
  const status = "\x1b[2J\0\r\x7f\u009b";
  const shown = "\ufffd[2J\ufffd\ufffd\ufffd\ufffd";
  const [reply] = new ReplyParser({ lineMaxBytes: 1, eol: "detect" }).parse(
    new TextEncoder().encode(`Server error:${status}\n`),
  );
  assertInstanceOf(reply, ServerError);
  assertEquals(reply.message, `Server error:${shown}`);
  const bytes = new TextEncoder().encode(`${status}\n`);
  const failure = assertThrows(
    () => [...new ReplyParser({ lineMaxBytes: 1, eol: "detect" }).parse(bytes)],
    ConnectionFailure,
  );
  assertEquals(/\p{Cc}/u.test(failure.message), false);
});

Deno.test("ReplyParser.hasPartialReply is true inside of a reply that was not reported", () => {
  const bytes = latin1("OK\r\nab\r\nERR\n");
  const parser = new ReplyParser({ lineMaxBytes: LINE_MAX_BYTES, eol: "detect" });
  const partial: number[] = [];
  bytes.forEach((byte, at) => {
    Array.from(parser.parse(Uint8Array.of(byte)));
    if (parser.hasPartialReply) partial.push(at);
  });
  assertEquals(partial, [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]);
  Array.from(parser.parse(latin1(`OK\n${"x".repeat(LINE_MAX_BYTES + 2)}`)));
  assertEquals(parser.hasPartialReply, false, "the reply was reported as too long");
});

const anyLine = fc.uint8Array({ maxLength: LINE_MAX_BYTES + 4 })
  .map((bytes) => bytes.map((byte) => byte === 0x0a ? 0x0d : byte));
const anyAnswer = fc.record({
  line: fc.option(anyLine, { nil: undefined }),
  eol: fc.constantFrom("\n", "\r\n"),
});

Deno.test("ReplyParser agrees with a plain array for any replies in any chunks", () => {
  const answers = fc.array(anyAnswer, { maxLength: 20 });
  fc.assert(fc.property(answers, fc.array(fc.integer({ min: 1, max: 40 })), (answers, cuts) => {
    const text = answers.map(({ line, eol }) =>
      line === undefined ? `ERR${eol}` : asText(okReplies([line], eol))
    ).join("");
    const expected = answers.map(({ line }) =>
      line !== undefined && line.length > LINE_MAX_BYTES ? TOO_LONG : shown(line as Reply)
    );
    let rest = latin1(text).subarray(0);
    const chunks = cuts.map((bytes) => {
      const chunk = rest.subarray(0, bytes);
      rest = rest.subarray(bytes);
      return chunk;
    });
    assertEquals(parsed([...chunks, rest]), expected);
  }));
});
