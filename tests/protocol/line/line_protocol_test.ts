import { assertEquals } from "@std/assert";
import { ByteBuffer } from "../../../src/protocol/byte_buffer.ts";
import { lineProtocol } from "../../../src/protocol/line/line_protocol.ts";
import { asText } from "../../support/e2e_bytes.ts";
import { lineEncoder, type ProtocolCases, testProtocol } from "../../support/protocol_contract.ts";

function casesOf(eol: string, lineEnd = eol): ProtocolCases {
  const invalid = { reply: `INVALID COMMAND!${eol}` };
  const refused = { reply: `ERR${eol}` };
  const noLines = { reply: `OK 0${eol}` };
  const count = { reply: `OK${eol}9${lineEnd}` };
  const tooLong = "x".repeat(1025);
  return {
    conversations: [
      { sent: "", asked: [] },
      { sent: "\n", asked: [invalid] },
      { sent: "\r\n", asked: [invalid] },
      { sent: "\r", asked: [invalid] },
      { sent: "\n\n", asked: [invalid, invalid] },
      { sent: "\n\r\n\r", asked: [invalid, invalid, invalid] },
      { sent: "GET 5\n", asked: [5] },
      { sent: "GET 5\r\n", asked: [5] },
      { sent: "GET 5", asked: [5] },
      { sent: "GET 5\r", asked: [5] },
      { sent: "GET 5\r\r\n", asked: [5] },
      { sent: "GET 5\n\r", asked: [5, invalid] },
      { sent: "GET 1\nGET 2\r\nGET 3\nGET 4", asked: [1, 2, 3, 4] },
      { sent: " get  1 \n\tGET 2 words\r\n", asked: [1, 2] },
      { sent: "GET 1\rGET 2\n", asked: [1] },
      { sent: "GET\nGET x\nFOO 1\n", asked: [invalid, invalid, invalid] },
      { sent: "GET 0\nGET -3\n", asked: [0, -3] },
      { sent: "QUIT\nGET 1\n", asked: ["close", 1] },
      { sent: "GET 1\r\nquit", asked: [1, "close"] },
      { sent: "GET 1\nShutdown\r\n", asked: [1, "shutdown"] },
      { sent: "MGET 3 1 -7 +4\nGET 2\n", asked: [3, 1, -7, 4, 2] },
      { sent: "mget 5\r\nMGET\nMGET x\nMGET 1 2.0", asked: [5, invalid, invalid, invalid] },
      { sent: `MGET ${"7 ".repeat(600)}\n`, asked: Array(600).fill(7) },
      { sent: `${" ".repeat(1020)}MGET 1\nGET 1\n`, asked: [invalid, 1] },
      { sent: "RANGE 2 4\nrange 1 9 words\n", asked: [{ range: [2, 4] }, { range: [1, 9] }] },
      { sent: "RANGE -3 -1\nRANGE 0 99\n", asked: [{ range: [7, 9] }, { range: [1, 9] }] },
      { sent: "RANGE -99 1\nRANGE 9 9\n", asked: [{ range: [1, 1] }, { range: [9, 9] }] },
      { sent: "RANGE 4 3\nRANGE 10 12\nRANGE 1 -10\n", asked: [noLines, noLines, noLines] },
      { sent: "RANGE 5\nRANGE a b\nRANGE 1 x", asked: [invalid, invalid, invalid] },
      { sent: "COUNT\ncount please\r\nCOUNTS\n", asked: [count, count, invalid] },
      { sent: "SHUTDOWN now\nSHUTDOWN\n", asked: [refused, refused] },
      { sent: "GET 1\0\n\0\n\xff\xfe\n", asked: [invalid, invalid, invalid] },
      { sent: `GET 1\n${tooLong}\nGET 2\n`, asked: [1, invalid, 2] },
      { sent: `${tooLong}\r\nGET 2`, asked: [invalid, 2] },
      { sent: `${tooLong}yz\n\n`, asked: [invalid, invalid] },
      { sent: tooLong, asked: [invalid] },
    ],
    parts: [
      ..."MGET 1 2|MGET |RANGE 2 |COUNT|GET |get |GET 5|quit|SHUTDOWN|12|+7|-1|x| |\t|\r|\n|\n|\r\n|\0|\xe9|GET 3\n"
        .split("|"),
      "x".repeat(1020),
      " ".repeat(1024),
    ],
    heads: { yes: ["", "G", "get 1\n", "*1\r\n", "\0\xff"], no: [] },
    replies: {
      lineRequest: "GET 1\n",
      rangeRequest: "RANGE 1 2\n",
      range: `OK 2${eol}${`a\0line\xff${lineEnd}`.repeat(2)}`,
      content: "a\0line\xff",
      line: `OK${eol}a\0line\xff${lineEnd}`,
      missing: `ERR${eol}`,
      errorMessage: "no such file: a\nOK\r\0\x1b[2J\x7f",
      error: `Server error: no such file: a?OK???[2J?${eol}`,
    },
  };
}

testProtocol("line protocol, lf", lineProtocol("lf", 9), casesOf("\n"));
testProtocol("line protocol, crlf", lineProtocol("crlf", 9), casesOf("\r\n"));
testProtocol("line protocol, crlf-status", lineProtocol("crlf-status", 9), casesOf("\r\n", "\n"));

Deno.test("LineProtocolEncoder.error() keeps characters that are not ASCII", () => {
  const out = new ByteBuffer();
  lineEncoder(lineProtocol("lf", 9), "GET 1\n").error("é", out);
  assertEquals(asText(out.take()), "Server error: \xc3\xa9\n");
});
