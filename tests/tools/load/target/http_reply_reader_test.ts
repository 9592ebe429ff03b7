import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { HttpReplyReader } from "../../../../tools/load/target/http_reply_reader.ts";

/** Reads one reply in chunks of `chunkBytes`; returns its body and the bytes that are left. */
function readInChunks(reader: HttpReplyReader, text: string, chunkBytes: number) {
  const received = Buffer.from(text, "latin1");
  let body = "";
  let at = 0;
  for (let end = 0; end < received.length && !reader.isComplete;) {
    end = Math.min(end + chunkBytes, received.length);
    while (at < end && !reader.isComplete) {
      at = reader.take(received, at, end);
      body += received.toString("latin1", reader.bodyAt, reader.bodyEnd);
    }
  }
  return { body, rest: received.toString("latin1", at) };
}

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("HttpReplyReader finds status, body and end of a reply in chunks of any size", () => {
  const long = "x".repeat(300);
  const table: [reply: string, status: number, body: string, isLast: boolean][] = [
    [`${OK}Content-Length: 3\r\n\r\none`, 200, "one", false],
    [`${OK}content-length:3\r\nDate: x\r\n\r\n\r\n\xff`, 200, "\r\n\xff", false],
    [`${OK}Content-Length: 0\r\n\r\n`, 200, "", false],
    [`${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`, 200, "a", false],
    [`${OK}Content-Length: 300\r\n\r\n${long}`, 200, long, false],
    ["HTTP/1.1 200 \nContent-Length: 1\n\na", 200, "a", false],
    ["HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", 200, "a", false],
    [`${OK}Connection: Close\r\nContent-Length: 1\r\n\r\na`, 200, "a", true],
    ["HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", true],
    ["HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 200, "", false],
    ["HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 404, "no", false],
    ["HTTP/1.1 304 Not Modified\r\n\r\n", 304, "", false],
    ["HTTP/1.1 204 No Content\r\n\r\n", 204, "", false],
    [`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 1\r\n\r\na`, 200, "a", false],
    [`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 200, "", false],
    [
      `${OK}transfer-encoding: Chunked\r\n\r\n3;x=y\r\none\r\n12C\r\n${long}\r\n0\r\nA: b\r\n\r\n`,
      200,
      `one${long}`,
      false,
    ],
  ];
  const reader = new HttpReplyReader();
  for (const [reply, status, body, isLast] of table) {
    for (const chunkBytes of [1, 2, 3, 7, 64, 10_000]) {
      reader.reset();
      assertEquals(readInChunks(reader, `${reply}next`, chunkBytes), { body, rest: "next" }, reply);
      const { isComplete, malformedLine } = reader;
      assertEquals([isComplete, reader.status, reader.isLast], [true, status, isLast], reply);
      assertEquals(malformedLine, undefined, reply);
    }
  }
});

Deno.test("HttpReplyReader ends at a malformed line, and the connection with it", () => {
  const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
  const table: [reply: string, malformedLine: string][] = [
    ["OK\none\n", "OK"],
    ["HTTP/2 200\r\n", "HTTP/2 200"],
    ["HTTP/1.1 20\r\n", "HTTP/1.1 20"],
    [`${OK}no header\r\n`, "no header"],
    [`${OK}Content-Length: -1\r\n`, "Content-Length: -1"],
    [`${OK}Content-Length: 1\r\nContent-Length: 2\r\n`, "Content-Length: 2"],
    [`${OK}Transfer-Encoding: gzip\r\n`, "Transfer-Encoding: gzip"],
    [`${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, "HTTP/1.1 200 OK"],
    [`${OK}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n`, "HTTP/1.1 200 OK"],
    [`${OK}\r\n`, "HTTP/1.1 200 OK"],
    [`${chunked}x\r\n`, "x"],
    [`${chunked}-1\r\n`, "-1"],
    [`${chunked}1\r\nab\r\n`, "b"],
  ];
  const reader = new HttpReplyReader();
  for (const [reply, malformedLine] of table) {
    for (const chunkBytes of [1, 5, 10_000]) {
      reader.reset();
      readInChunks(reader, `${reply}next`, chunkBytes);
      assertEquals([reader.isComplete, reader.isLast], [true, true], reply);
      assertEquals(reader.malformedLine, malformedLine, reply);
    }
  }
});

Deno.test("HttpReplyReader rejects a head, a chunk size or a trailer of more than 64 KiB", () => {
  const long = "x".repeat(70_000);
  const many = "A: b\r\n".repeat(20_000);
  const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
  for (const reply of [long, `${OK}${many}`, `${chunked}1;${long}`, `${chunked}0\r\n${many}`]) {
    for (const chunkBytes of [1_000, 1_000_000]) {
      const reader = new HttpReplyReader();
      assertEquals(readInChunks(reader, reply, chunkBytes).body, "");
      assertEquals(reader.malformedLine === undefined, false);
    }
  }
});
