import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  type ClientProtocol,
  lineProtocol,
} from "../../../../tools/load/target/client_protocol.ts";
import { ComparingChecker } from "../../../../tools/load/check/comparing_checker.ts";
import { FramingChecker } from "../../../../tools/load/check/framing_checker.ts";
import { FileLines } from "../../../../tools/load/lines/file_lines.ts";
import { MemoryLines } from "../../../../tools/load/lines/memory_lines.ts";
import { redisProtocol } from "../../../../tools/load/target/redis_protocol.ts";
import type { ReplyChecker } from "../../../../tools/load/check/reply_checker.ts";
import { sceneTest } from "../../../support/e2e_scene.ts";

const linesIn = (text: string) => new MemoryLines(new TextEncoder().encode(text));

/** Feeds a reply in chunks of `chunkBytes`; returns the final state and the bytes that are left. */
function checkInChunks(checker: ReplyChecker, reply: string, chunkBytes: number) {
  const received = Buffer.from(reply);
  let at = 0;
  while (at < received.length && checker.state === "incomplete") {
    at = checker.check(received, at, Math.min(at + chunkBytes, received.length));
  }
  return { state: checker.state, rest: received.subarray(at).toString() };
}

Deno.test("ComparingChecker distinguishes right, wrong and error replies in chunks of any size", () => {
  const long = "long ".repeat(40);
  const lines = linesIn(`one\n\n${long}\n`);
  const table: [protocol: ClientProtocol, lineNumber: number, reply: string, state: string][] = [
    [lineProtocol, 1, "OK\none\n", "right"],
    [lineProtocol, 1, "OK\nonE\n", "wrong"],
    [lineProtocol, 1, "OK\non\n", "wrong"],
    [lineProtocol, 1, "OK\none more\n", "wrong"],
    [lineProtocol, 1, "OK\n\n", "wrong"],
    [lineProtocol, 1, "OOPS\n", "wrong"],
    [lineProtocol, 1, "ERR\n", "error"],
    [lineProtocol, 2, "OK\n\n", "right"],
    [lineProtocol, 2, "OK\nx\n", "wrong"],
    [lineProtocol, 3, `OK\n${long}\n`, "right"],
    [lineProtocol, 3, `OK\n${long.slice(0, -1)}\n`, "wrong"],
    [lineProtocol, 3, `OK\n${long.slice(0, -1)}\0\n`, "wrong"],
    [lineProtocol, 3, `OK\n${long}\r\n`, "wrong"],
    [redisProtocol, 1, "$3\r\none\r\n", "right"],
    [redisProtocol, 1, "$3\r\nonE\r\n", "wrong"],
    [redisProtocol, 1, "$3\r\none\rx", "wrong"],
    [redisProtocol, 1, "$-1\r\n", "wrong"],
    [redisProtocol, 1, "$30\r\nx23456789o123456789o1234567890\r\n", "wrong"],
    [redisProtocol, 1, "-ERR no\r\n", "error"],
    [redisProtocol, 2, "$0\r\n\r\n", "right"],
    [redisProtocol, 3, `$200\r\n${long}\r\n`, "right"],
  ];
  for (const [protocol, lineNumber, reply, state] of table) {
    const checker = new ComparingChecker(protocol, lines);
    for (const chunkBytes of [1, 2, 3, 64, 1_000]) {
      checker.expect(lineNumber);
      assertEquals(
        checkInChunks(checker, `${reply}next`, chunkBytes),
        { state, rest: "next" },
        reply,
      );
    }
  }
});

Deno.test("ComparingChecker expects the head of a batch before its first reply", () => {
  const lines = linesIn("one\n");
  const table: [protocol: ClientProtocol, reply: string, state: string][] = [
    [lineProtocol, "OK\none\n", "right"],
    [redisProtocol, "*2\r\n$3\r\none\r\n", "right"],
    [redisProtocol, "*3\r\n$3\r\none\r\n", "wrong"],
    [redisProtocol, "$3\r\none\r\n", "wrong"],
    [redisProtocol, "-ERR no\r\n", "error"],
  ];
  for (const [protocol, reply, state] of table) {
    const checker = new ComparingChecker(protocol, lines);
    for (const chunkBytes of [1, 2, 64]) {
      checker.expect(1, 2);
      assertEquals(checkInChunks(checker, `${reply}next`, chunkBytes), { state, rest: "next" });
    }
  }
});

Deno.test("ComparingChecker.difference shows the bytes around the first wrong one", () => {
  const checker = new ComparingChecker(lineProtocol, linesIn(`one\n${"0123456789".repeat(9)}\n`));
  checker.expect(1);
  checkInChunks(checker, 'OK\no"\\\r\x01é\n', 1);
  assertEquals(checker.difference(), {
    line: 1,
    differsAtByte: 4,
    received: '"OK\\no\\"\\\\\\r\\x01\\xc3\\xa9\\n"',
    expected: '"OK\\none\\n"',
  });
  checker.expect(2);
  checkInChunks(checker, `OK\n${"0123456789".repeat(8)}012x456789\n`, 7);
  assertEquals(checker.difference(), {
    line: 2,
    differsAtByte: 86,
    received: '"7890123456789012x456789\\n"',
    expected: '"78901234567890123456789\\n"',
  });
});

Deno.test("FramingChecker accepts any line, and shows any other reply, in chunks of any size", () => {
  const table: [protocol: ClientProtocol, reply: string, state: string, received: string][] = [
    [lineProtocol, "OK\none\n", "right", ""],
    [lineProtocol, "OK\n\n", "right", ""],
    [lineProtocol, "OOPS\n", "wrong", '"OOPS\\n"'],
    [lineProtocol, "ERR\n", "error", '"ERR\\n"'],
    [redisProtocol, "$3\r\none\r\n", "right", ""],
    [redisProtocol, "$-1\r\n", "wrong", '"$-1\\r\\n"'],
    [redisProtocol, "-ERR no\r\n", "error", '"-ERR no\\r\\n"'],
  ];
  for (const [protocol, reply, state, received] of table) {
    const checker = new FramingChecker(protocol);
    for (const chunkBytes of [1, 2, 64]) {
      checker.expect(7);
      assertEquals(
        checkInChunks(checker, `${reply}next`, chunkBytes),
        { state, rest: "next" },
        reply,
      );
      if (state === "right") continue;
      const expected = { line: 7, differsAtByte: 0, received, expected: "a line" };
      assertEquals(checker.difference(), expected);
    }
  }
});

sceneTest("ComparingChecker compares with a file that is read in parts", async (scene) => {
  const long = "0123456789".repeat(20_000);
  using lines = await FileLines.open(await scene.file(`one\n${long}\ntwo`));
  const table: [lineNumber: number, reply: string, state: string, differsAtByte: number][] = [
    [2, `OK\n${long}\n`, "right", 0],
    [3, "OK\ntwo\n", "right", 0],
    [2, `OK\n${long.slice(0, -1)}x\n`, "wrong", 200_002],
    [2, `OK\n${long}x\n`, "wrong", 200_003],
    [1, "OK\nonE\n", "wrong", 5],
  ];
  for (const [lineNumber, reply, state, differsAtByte] of table) {
    for (const chunkBytes of [1_000, 70_000, 1_000_000]) {
      // All checkers share the lines, and each call invalidates the results of the previous one.
      const checkers = [1, 2].map(() => new ComparingChecker(lineProtocol, lines));
      for (const checker of checkers) checker.expect(lineNumber);
      const received = Buffer.from(reply);
      for (let at = 0; at < received.length; at += chunkBytes) {
        const end = Math.min(at + chunkBytes, received.length);
        for (const checker of checkers) assertEquals(checker.check(received, at, end), end);
        lines.locate(1);
      }
      for (const checker of checkers) {
        assertEquals(checker.state, state);
        if (state === "wrong") assertEquals(checker.difference().differsAtByte, differsAtByte);
      }
    }
  }
});
