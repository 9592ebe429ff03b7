import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { lineWire } from "../../../src/client/line_wire.ts";
import type { WireProtocol } from "../../../src/client/wire_protocol.ts";
import { ComparingChecker } from "../../../tools/load/comparing_checker.ts";
import { FramingChecker } from "../../../tools/load/framing_checker.ts";
import { FileLines } from "../../../tools/load/file_lines.ts";
import { MemoryLines } from "../../../tools/load/memory_lines.ts";
import { redisWire } from "../../../tools/load/redis_wire.ts";
import type { ReplyChecker } from "../../../tools/load/reply_checker.ts";
import { sceneTest } from "../../support/e2e_scene.ts";

const linesIn = (text: string) => new MemoryLines(new TextEncoder().encode(text));

/** Feeds a reply cut into chunks of so many bytes; gives the state behind it and what was left over. */
function checkInChunks(checker: ReplyChecker, reply: string, chunkBytes: number) {
  const received = Buffer.from(reply);
  let at = 0;
  while (at < received.length && checker.state === "incomplete") {
    at = checker.check(received, at, Math.min(at + chunkBytes, received.length));
  }
  return { state: checker.state, rest: received.subarray(at).toString() };
}

Deno.test("ComparingChecker tells right, wrong and error replies apart, however they are cut", () => {
  const long = "long ".repeat(40);
  const lines = linesIn(`one\n\n${long}\n`);
  const table: [wire: WireProtocol, lineNumber: number, reply: string, state: string][] = [
    [lineWire, 1, "OK\none\n", "right"],
    [lineWire, 1, "OK\nonE\n", "wrong"],
    [lineWire, 1, "OK\non\n", "wrong"],
    [lineWire, 1, "OK\none more\n", "wrong"],
    [lineWire, 1, "OK\n\n", "wrong"],
    [lineWire, 1, "OOPS\n", "wrong"],
    [lineWire, 1, "ERR\n", "error"],
    [lineWire, 2, "OK\n\n", "right"],
    [lineWire, 2, "OK\nx\n", "wrong"],
    [lineWire, 3, `OK\n${long}\n`, "right"],
    [lineWire, 3, `OK\n${long.slice(0, -1)}\n`, "wrong"],
    [lineWire, 3, `OK\n${long.slice(0, -1)}\0\n`, "wrong"],
    [lineWire, 3, `OK\n${long}\r\n`, "wrong"],
    [redisWire, 1, "$3\r\none\r\n", "right"],
    [redisWire, 1, "$3\r\nonE\r\n", "wrong"],
    [redisWire, 1, "$3\r\none\rx", "wrong"],
    [redisWire, 1, "$-1\r\n", "wrong"],
    [redisWire, 1, "$30\r\nx23456789o123456789o1234567890\r\n", "wrong"],
    [redisWire, 1, "-ERR no\r\n", "error"],
    [redisWire, 2, "$0\r\n\r\n", "right"],
    [redisWire, 3, `$200\r\n${long}\r\n`, "right"],
  ];
  for (const [wire, lineNumber, reply, state] of table) {
    const checker = new ComparingChecker(wire, lines);
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

Deno.test("ComparingChecker shows what came around the first wrong byte", () => {
  const checker = new ComparingChecker(lineWire, linesIn(`one\n${"0123456789".repeat(9)}\n`));
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

Deno.test("FramingChecker takes any line, tells what is none, and shows it, however it is cut", () => {
  const table: [wire: WireProtocol, reply: string, state: string, received: string][] = [
    [lineWire, "OK\none\n", "right", ""],
    [lineWire, "OK\n\n", "right", ""],
    [lineWire, "OOPS\n", "wrong", '"OOPS\\n"'],
    [lineWire, "ERR\n", "error", '"ERR\\n"'],
    [redisWire, "$3\r\none\r\n", "right", ""],
    [redisWire, "$-1\r\n", "wrong", '"$-1\\r\\n"'],
    [redisWire, "-ERR no\r\n", "error", '"-ERR no\\r\\n"'],
  ];
  for (const [wire, reply, state, received] of table) {
    const checker = new FramingChecker(wire);
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

sceneTest("ComparingChecker compares with a text that is read piece by piece", async (scene) => {
  const long = "0123456789".repeat(20_000);
  using lines = await FileLines.open(await scene.file(`one\n${long}\ntwo`), { spacingBytes: 8 });
  const table: [lineNumber: number, reply: string, state: string, differsAtByte: number][] = [
    [2, `OK\n${long}\n`, "right", 0],
    [3, "OK\ntwo\n", "right", 0],
    [2, `OK\n${long.slice(0, -1)}x\n`, "wrong", 200_002],
    [2, `OK\n${long}x\n`, "wrong", 200_003],
    [1, "OK\nonE\n", "wrong", 5],
  ];
  for (const [lineNumber, reply, state, differsAtByte] of table) {
    for (const chunkBytes of [1_000, 70_000, 1_000_000]) {
      // Others use the same lines between one chunk and the next.
      const checkers = [1, 2].map(() => new ComparingChecker(lineWire, lines));
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
