import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { HttpChecker } from "../../../../tools/load/check/http_checker.ts";
import { FileLines } from "../../../../tools/load/lines/file_lines.ts";
import { MemoryLines } from "../../../../tools/load/lines/memory_lines.ts";
import { sceneTest } from "../../../support/e2e_scene.ts";
import { httpReply } from "../../../support/load_server.ts";

const linesIn = (text: string) => new MemoryLines(new TextEncoder().encode(text));

/** Feeds a reply in chunks of `chunkBytes`; returns the final state and the bytes that are left. */
function checkInChunks(checker: HttpChecker, reply: string, chunkBytes: number) {
  const received = Buffer.from(reply);
  let at = 0;
  for (let end = 0; end < received.length && checker.state === "incomplete";) {
    end = Math.min(end + chunkBytes, received.length);
    at = checker.check(received, at, end);
  }
  return { state: checker.state, rest: received.subarray(at).toString() };
}

const CHUNKED = ["200 OK", "Transfer-Encoding: chunked"] as const;

Deno.test("HttpChecker distinguishes right, wrong and error replies in chunks of any size", () => {
  const long = "long ".repeat(40);
  const lines = linesIn(`one\n\n${long}\n`);
  const table: [lineNumber: number, reply: string, state: string, stateWithoutFile: string][] = [
    [1, httpReply("one"), "right", "right"],
    [1, httpReply("onE"), "wrong", "right"],
    [1, httpReply("on"), "wrong", "right"],
    [1, httpReply("one\n"), "wrong", "right"],
    [1, httpReply(""), "wrong", "right"],
    [1, httpReply("3\r\none\r\n0\r\n\r\n", ...CHUNKED), "right", "right"],
    [1, httpReply("1\r\no\r\n2\r\nne\r\n0\r\n\r\n", ...CHUNKED), "right", "right"],
    [1, httpReply("2\r\non\r\n0\r\n\r\n", ...CHUNKED), "wrong", "right"],
    [1, httpReply("4\r\none!\r\n0\r\n\r\n", ...CHUNKED), "wrong", "right"],
    [1, httpReply("0\r\n\r\n", ...CHUNKED), "wrong", "right"],
    [2, httpReply(""), "right", "right"],
    [2, httpReply("0\r\n\r\n", ...CHUNKED), "right", "right"],
    [2, httpReply("x"), "wrong", "right"],
    [3, httpReply(long), "right", "right"],
    [3, httpReply(`${long.slice(0, -1)}x`), "wrong", "right"],
    [1, httpReply("one", "404 Not Found"), "error", "error"],
    [1, httpReply("", "503 Service Unavailable"), "error", "error"],
    [1, httpReply("one", "206 Partial Content"), "error", "error"],
  ];
  for (const [lineNumber, reply, state, stateWithoutFile] of table) {
    const checkers: [HttpChecker, string][] = [
      [new HttpChecker(lines), state],
      [new HttpChecker(undefined), stateWithoutFile],
    ];
    for (const [checker, expected] of checkers) {
      for (const chunkBytes of [1, 2, 3, 64, 1_000]) {
        checker.expect(lineNumber);
        const outcome = checkInChunks(checker, `${reply}next`, chunkBytes);
        assertEquals(outcome, { state: expected, rest: "next" }, reply);
        assertEquals([checker.isWrong, checker.isLastReply], [expected === "wrong", false], reply);
      }
    }
  }
});

Deno.test("HttpChecker: a reply that is not HTTP is wrong, and the last of its connection", () => {
  for (const lines of [linesIn("one\n"), undefined]) {
    const checker = new HttpChecker(lines);
    checker.expect(1);
    assertEquals(checkInChunks(checker, "OK\none\n", 100), { state: "wrong", rest: "" });
    assertEquals(checker.isLastReply, true);
    assertEquals(checker.difference(), {
      line: 1,
      differsAtByte: 0,
      received: '"OK"',
      expected: "an HTTP reply with Content-Length or chunks",
    });
  }
});

Deno.test("HttpChecker.difference shows the bytes of the body, the length or the status", () => {
  const checker = new HttpChecker(linesIn(`line one\n${"0123456789".repeat(9)}\n`));
  const headOf = (contentBytes: number) =>
    httpReply("", "200 OK", `Content-Length: ${contentBytes}`);
  const table: [
    lineNumber: number,
    reply: string,
    differsAtByte: number,
    received: string,
    expected: string,
  ][] = [
    [1, httpReply("line 1"), 5, '"line 1"', '"line one"'],
    [1, httpReply("line one."), 8, '"line one."', '"line one"'],
    [1, httpReply("line"), 4, '"line"', '"line one"'],
    [
      2,
      httpReply(`${"0123456789".repeat(8)}012x456789`),
      83,
      '"7890123456789012x456789"',
      '"78901234567890123456789"',
    ],
    [1, `${headOf(9)}line one`, 8, "Content-Length: 9", "Content-Length: 8"],
    [1, httpReply("no", "404 Not Found"), 0, '"HTTP/1.1 404 Not Found"', "status 200"],
  ];
  for (const [line, reply, differsAtByte, received, expected] of table) {
    checker.expect(line);
    checkInChunks(checker, reply, 7);
    assertEquals(checker.difference(), { line, differsAtByte, received, expected });
  }
});

Deno.test("HttpChecker.isWrong is true as soon as the length or a byte of the body is wrong", () => {
  const table: [reply: string, isWrong: boolean][] = [
    ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", true],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\non", false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nox", true],
    ["HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nno", false],
  ];
  for (const [reply, isWrong] of table) {
    const checker = new HttpChecker(linesIn("one\n"));
    checker.expect(1);
    assertEquals(checkInChunks(checker, reply, 5).state, "incomplete");
    assertEquals(checker.isWrong, isWrong, reply);
  }
});

sceneTest("HttpChecker compares with a file that is read in parts", async (scene) => {
  const long = "0123456789".repeat(20_000);
  using lines = await FileLines.open(await scene.file(`one\n${long}\ntwo`));
  const table: [lineNumber: number, body: string, differsAtByte: number | undefined][] = [
    [2, long, undefined],
    [3, "two", undefined],
    [2, `${long.slice(0, -1)}x`, 199_999],
    [2, `${long}x`, 200_000],
    [2, long.slice(0, -1), 199_999],
  ];
  for (const [lineNumber, body, differsAtByte] of table) {
    for (const chunkBytes of [1_000, 70_000, 1_000_000]) {
      const checker = new HttpChecker(lines);
      checker.expect(lineNumber);
      lines.locate(1);
      const { state } = checkInChunks(checker, httpReply(body), chunkBytes);
      assertEquals(state, differsAtByte === undefined ? "right" : "wrong");
      if (differsAtByte !== undefined) {
        assertEquals(checker.difference().differsAtByte, differsAtByte);
      }
    }
  }
});
