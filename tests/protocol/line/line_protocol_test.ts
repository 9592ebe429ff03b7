import { assertEquals } from "@std/assert";
import { type Eol, lineProtocol } from "../../../src/protocol/line/line_protocol.ts";

function repliesIn(eol: Eol): Record<string, string> {
  const { replies } = lineProtocol(eol);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    lineHead: text(replies.lineHead(3)),
    lineTail: text(replies.lineTail),
    noSuchLine: text(replies.noSuchLine),
    invalid: text(replies.invalid),
    serverError: text(replies.serverError("the disk failed: a.txt")),
  };
}

Deno.test("replies end with LF", () => {
  assertEquals(repliesIn("lf"), {
    lineHead: "OK\n",
    lineTail: "\n",
    noSuchLine: "ERR\n",
    invalid: "INVALID COMMAND!\n",
    serverError: "Server error: the disk failed: a.txt\n",
  });
});

Deno.test("replies end with CRLF where that is asked for", () => {
  assertEquals(repliesIn("crlf"), {
    lineHead: "OK\r\n",
    lineTail: "\r\n",
    noSuchLine: "ERR\r\n",
    invalid: "INVALID COMMAND!\r\n",
    serverError: "Server error: the disk failed: a.txt\r\n",
  });
});

Deno.test("a server error is one line whatever the message holds", () => {
  const { replies } = lineProtocol("lf");
  const reply = new TextDecoder().decode(replies.serverError("a\nOK\r\n\0\x1b[2Jé\x7f"));
  assertEquals(reply, "Server error: a?OK????[2Jé?\n");
});

Deno.test("the line protocol takes any first byte", () => {
  const protocol = lineProtocol("lf");
  for (let byte = 0; byte < 256; byte++) assertEquals(protocol.accepts(byte), true);
});

Deno.test("every connection has a splitter of its own", () => {
  const protocol = lineProtocol("lf");
  const encode = (text: string) => new TextEncoder().encode(text);
  const [first, second] = [protocol.createSplitter(), protocol.createSplitter()];
  assertEquals(first.split(encode("GET 1")), []);
  assertEquals(second.split(encode(" 2\n")), [{ verb: "invalid" }]);
  assertEquals(first.end(), [{ verb: "get", line: 1 }]);
  assertEquals(second.end(), []);
});
