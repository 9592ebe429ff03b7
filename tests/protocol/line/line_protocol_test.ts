import { assertEquals } from "@std/assert";
import { ByteBuffer } from "../../../src/protocol/byte_buffer.ts";
import { lineProtocol } from "../../../src/protocol/line/line_protocol.ts";
import { asText } from "../../support/e2e_bytes.ts";
import { type ProtocolCases, testProtocol } from "../../support/protocol_contract.ts";

function casesOf(eol: string, lineEnd = eol): ProtocolCases {
  const invalid = { reply: `INVALID COMMAND!${eol}` };
  const refused = { reply: `ERR${eol}` };
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
      { sent: "SHUTDOWN now\nSHUTDOWN\n", asked: [refused, refused] },
      { sent: "GET 1\0\n\0\n\xff\xfe\n", asked: [invalid, invalid, invalid] },
      { sent: `GET 1\n${tooLong}\nGET 2\n`, asked: [1, invalid, 2] },
      { sent: `${tooLong}\r\nGET 2`, asked: [invalid, 2] },
      { sent: `${tooLong}yz\n\n`, asked: [invalid, invalid] },
      { sent: tooLong, asked: [invalid] },
    ],
    parts: [
      ..."GET |get |GET 5|quit|SHUTDOWN|12|+7|-1|x| |\t|\r|\n|\n|\r\n|\0|\xe9|GET 3\n".split("|"),
      "x".repeat(1020),
      " ".repeat(1024),
    ],
    heads: { yes: ["", "G", "get 1\n", "*1\r\n", "\0\xff"], no: [] },
    replies: {
      content: "a\0line\xff",
      line: `OK${eol}a\0line\xff${lineEnd}`,
      missing: `ERR${eol}`,
      errorMessage: "no such file: a\nOK\r\0\x1b[2J\x7f",
      error: `Server error: no such file: a?OK???[2J?${eol}`,
      refused: `ERR${eol}`,
    },
  };
}

testProtocol("line protocol, lf", lineProtocol("lf"), casesOf("\n"));
testProtocol("line protocol, crlf", lineProtocol("crlf"), casesOf("\r\n"));
testProtocol("line protocol, crlf-status", lineProtocol("crlf-status"), casesOf("\r\n", "\n"));

Deno.test("LineEncoder.error() keeps characters that are not ASCII", () => {
  const out = new ByteBuffer();
  lineProtocol("lf").open().encoder.error("é", out);
  assertEquals(asText(out.take()), "Server error: \xc3\xa9\n");
});
