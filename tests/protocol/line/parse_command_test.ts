import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Command, HTTP, INVALID, QUIT, SHUTDOWN } from "../../../src/protocol/command.ts";
import { parseCommand } from "../../../src/protocol/line/parse_command.ts";

const LINE_MAX = Number.MAX_SAFE_INTEGER;

// One character is one byte.
function parse(text: string): Command {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return parseCommand(bytes, 0, bytes.length);
}

function get(line: number): Command {
  return { verb: "get", line };
}

const TABLE: readonly (readonly [text: string, command: Command])[] = [
  ["GET 5", get(5)],
  ["get 5", get(5)],
  ["gEt 5", get(5)],
  ["  \t GET \t  5 \t ", get(5)],
  ["GET\t5", get(5)],
  ["GET\v5", get(5)],
  ["GET\f5", get(5)],
  ["GET\r5", get(5)],
  ["GET 5\r", get(5)],
  ["\rGET 5", get(5)],
  ["GET 5 rest", get(5)],
  ["GET 5 6", get(5)],
  ["GET 5 \xff\x00", get(5)],
  ["GET +5", get(5)],
  ["GET -3", get(-3)],
  ["GET 0", get(0)],
  ["GET +0", get(0)],
  ["GET -0", get(-0)],
  ["GET 007", get(7)],
  ["GET -007", get(-7)],
  [`GET ${"0".repeat(40)}5`, get(5)],
  [`GET ${"0".repeat(1000)}`, get(0)],
  ["GET 1234567890", get(1_234_567_890)],
  ["GET", INVALID],
  ["GET ", INVALID],
  ["GET\t", INVALID],
  ["GET +", INVALID],
  ["GET -", INVALID],
  ["GET ++5", INVALID],
  ["GET +-5", INVALID],
  ["GET - 5", INVALID],
  ["GET five", INVALID],
  ["GET x 5", INVALID],
  ["GET 1_000", INVALID],
  ["GET 1,000", INVALID],
  ["GET 0x10", INVALID],
  ["GET 5.0", INVALID],
  ["GET 5e3", INVALID],
  ["GET 5-", INVALID],
  ["GET 5:", INVALID],
  ["GET 5/", INVALID],
  ["GET 5\x00", INVALID],
  ["GET \x005", INVALID],
  ["GET\x005", INVALID],
  ["\x00GET 5", INVALID],
  ["GET 5\xff", INVALID],
  ["GET \xb2", INVALID],
  ["GET\xa05", INVALID],
  ["GET \xa05", INVALID],
  ["G\xc5T 5", INVALID],
  ["\xe7et 5", INVALID],
  ["'et 5", INVALID],
  ["GET5", INVALID],
  ["GETS 5", INVALID],
  ["GE 5", INVALID],
  ["5", INVALID],
  ["PUT 5", INVALID],
  ["", INVALID],
  [" ", INVALID],
  ["\t", INVALID],
  ["\r", INVALID],
  ["\x00", INVALID],
  ["\xff", INVALID],
  ["QUIT", QUIT],
  ["quit", QUIT],
  [" Quit \t", QUIT],
  ["QUIT now", QUIT],
  ["QUIT\x00", INVALID],
  ["QUITS", INVALID],
  ["Host: 127.0.0.1:10497", HTTP],
  ["host:x", INVALID],
  ["POST / HTTP/1.1", INVALID],
  ["QUI", INVALID],
  ["SHUTDOWN", SHUTDOWN],
  ["shutDown", SHUTDOWN],
  ["\tSHUTDOWN please", SHUTDOWN],
  ["SHUT DOWN", INVALID],
  ["SHUTDOWNS", INVALID],
  ["SHUTDOWM", INVALID],
];

Deno.test("a command is what the table of edges says", () => {
  for (const [text, command] of TABLE) {
    assertEquals(parse(text), command, JSON.stringify(text));
  }
});

Deno.test("a number of any length is an integer, and no line's where it is too large", () => {
  for (const digits of [17, 18, 19, 20, 40, 400, 1000]) {
    for (const sign of ["", "+", "-"]) {
      const command = parse(`GET ${sign}${"9".repeat(digits)}`);
      if (command.verb !== "get") throw new Error(`not a get: ${digits} digits`);
      assertEquals(sign === "-" ? command.line < 1 : command.line > LINE_MAX, true);
    }
  }
});

Deno.test("every line number up to 2^53 - 1 is read exactly", () => {
  for (let line = LINE_MAX; line > LINE_MAX - 200; line--) {
    assertEquals(parse(`GET ${line}`), get(line));
  }
});

Deno.test("no number over 2^53 - 1 is taken for a line", () => {
  for (let above = 1n; above < 200n; above++) {
    const command = parse(`GET ${BigInt(LINE_MAX) + above}`);
    assertEquals(command.verb === "get" && command.line > LINE_MAX, true);
  }
});

Deno.test("any integer between blanks is read as itself", () => {
  // The greatest numbers have a test of their own.
  const integer = fc.integer({ min: -(2 ** 52), max: 2 ** 52 }).map((value) => value || 0);
  const blanks = fc.string({ unit: fc.constantFrom(" ", "\t", "\v", "\f", "\r"), minLength: 1 });
  fc.assert(fc.property(integer, blanks, blanks, (line, before, after) => {
    assertEquals(parse(`${before}get${before}${line}${after}`), get(line));
  }));
});

Deno.test("only the bytes between start and end count", () => {
  const bytes = new TextEncoder().encode("9GET 123 QUIT");
  assertEquals(parseCommand(bytes, 1, 6), get(1));
  assertEquals(parseCommand(bytes, 1, 7), get(12));
  assertEquals(parseCommand(bytes, 1, 5), INVALID);
  assertEquals(parseCommand(bytes, 1, 4), INVALID);
  assertEquals(parseCommand(bytes, 9, 13), QUIT);
  assertEquals(parseCommand(bytes, 9, 12), INVALID);
  assertEquals(parseCommand(bytes, 3, 3), INVALID);
  assertEquals(parseCommand(new TextEncoder().encode("GET+5"), 0, 3), INVALID);
});
