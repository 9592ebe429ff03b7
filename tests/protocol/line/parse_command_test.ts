import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Command, parseCommand } from "../../../src/protocol/line/parse_command.ts";
import { latin1 } from "../../support/e2e_bytes.ts";

const LINE_MAX = Number.MAX_SAFE_INTEGER;
const WITH_WORDS = "shutdown with more words";

// One character is one byte.
function parse(text: string): Command {
  const bytes = latin1(text);
  return parseCommand(bytes, 0, bytes.length);
}

const TABLE: readonly (readonly [text: string, command: Command])[] = [
  ["GET 5", 5],
  ["get 5", 5],
  ["gEt 5", 5],
  ["  \t GET \t  5 \t ", 5],
  ["GET\t5", 5],
  ["GET\v5", 5],
  ["GET\f5", 5],
  ["GET\r5", 5],
  ["GET 5\r", 5],
  ["\rGET 5", 5],
  ["GET 5 rest", 5],
  ["GET 5 6", 5],
  ["GET 5 \xff\x00", 5],
  ["GET +5", 5],
  ["GET -3", -3],
  ["GET 0", 0],
  ["GET +0", 0],
  ["GET -0", -0],
  ["GET 007", 7],
  ["GET -007", -7],
  [`GET ${"0".repeat(40)}5`, 5],
  [`GET ${"0".repeat(1000)}`, 0],
  ["GET 1234567890", 1_234_567_890],
  ["GET", "invalid"],
  ["GET ", "invalid"],
  ["GET\t", "invalid"],
  ["GET +", "invalid"],
  ["GET -", "invalid"],
  ["GET ++5", "invalid"],
  ["GET +-5", "invalid"],
  ["GET - 5", "invalid"],
  ["GET five", "invalid"],
  ["GET x 5", "invalid"],
  ["GET 1_000", "invalid"],
  ["GET 1,000", "invalid"],
  ["GET 0x10", "invalid"],
  ["GET 5.0", "invalid"],
  ["GET 5e3", "invalid"],
  ["GET 5-", "invalid"],
  ["GET 5:", "invalid"],
  ["GET 5/", "invalid"],
  ["GET 5\x00", "invalid"],
  ["GET \x005", "invalid"],
  ["GET\x005", "invalid"],
  ["\x00GET 5", "invalid"],
  ["GET 5\xff", "invalid"],
  ["GET \xb2", "invalid"],
  ["GET\xa05", "invalid"],
  ["GET \xa05", "invalid"],
  ["G\xc5T 5", "invalid"],
  ["\xe7et 5", "invalid"],
  ["'et 5", "invalid"],
  ["GET5", "invalid"],
  ["GETS 5", "invalid"],
  ["GE 5", "invalid"],
  ["5", "invalid"],
  ["PUT 5", "invalid"],
  ["", "invalid"],
  [" ", "invalid"],
  ["\t", "invalid"],
  ["\r", "invalid"],
  ["\x00", "invalid"],
  ["\xff", "invalid"],
  ["QUIT", "quit"],
  ["quit", "quit"],
  [" Quit \t", "quit"],
  ["QUIT now", "quit"],
  ["QUIT\x00", "invalid"],
  ["QUITS", "invalid"],
  ["Host: 127.0.0.1:10497", "invalid"],
  ["host:x", "invalid"],
  ["POST / HTTP/1.1", "invalid"],
  ["QUI", "invalid"],
  ["SHUTDOWN", "shutdown"],
  ["shutDown", "shutdown"],
  ["\tSHUTDOWN please", WITH_WORDS],
  ["SHUT DOWN", "invalid"],
  ["SHUTDOWNS", "invalid"],
  ["SHUTDOWM", "invalid"],
  ["SHUTDOWN \t\r", "shutdown"],
  ["SHUTDOWN\tx", WITH_WORDS],
  ["SHUTDOWN / HTTP/1.1", WITH_WORDS],
];

Deno.test("parseCommand() of a command at the edges gives what the table says", () => {
  for (const [text, command] of TABLE) {
    assertEquals(parse(text), command, JSON.stringify(text));
  }
});

Deno.test("parseCommand() of GET with a number of any length gives an integer", () => {
  for (const digits of [17, 18, 19, 20, 40, 400, 1000]) {
    for (const sign of ["", "+", "-"]) {
      const command = parse(`GET ${sign}${"9".repeat(digits)}`);
      assert(typeof command === "number", `${digits} digits are invalid`);
      assert(sign === "-" ? command < 1 : command > LINE_MAX, `${digits} digits are a line`);
    }
  }
});

Deno.test("parseCommand() of GET gives every number up to 2^53 - 1 exactly", () => {
  for (let line = LINE_MAX; line > LINE_MAX - 200; line--) {
    assertEquals(parse(`GET ${line}`), line);
  }
});

Deno.test("parseCommand() of GET with a number above 2^53 - 1 gives one above it", () => {
  for (let above = 1n; above < 200n; above++) {
    const command = parse(`GET ${BigInt(LINE_MAX) + above}`);
    assert(typeof command === "number" && command > LINE_MAX);
  }
});

Deno.test("parseCommand() of GET with any integer between blanks gives that integer", () => {
  // The greatest numbers have a test of their own.
  const integer = fc.integer({ min: -(2 ** 52), max: 2 ** 52 }).map((value) => value || 0);
  const blanks = fc.string({ unit: fc.constantFrom(" ", "\t", "\v", "\f", "\r"), minLength: 1 });
  fc.assert(fc.property(integer, blanks, blanks, (number, before, after) => {
    assertEquals(parse(`${before}get${before}${number}${after}`), number);
  }));
});

Deno.test("parseCommand() looks only at the bytes between start and end", () => {
  const bytes = latin1("9GET 123 QUIT");
  assertEquals(parseCommand(bytes, 1, 6), 1);
  assertEquals(parseCommand(bytes, 1, 7), 12);
  assertEquals(parseCommand(bytes, 1, 5), "invalid");
  assertEquals(parseCommand(bytes, 1, 4), "invalid");
  assertEquals(parseCommand(bytes, 9, 13), "quit");
  assertEquals(parseCommand(bytes, 9, 12), "invalid");
  assertEquals(parseCommand(bytes, 3, 3), "invalid");
  assertEquals(parseCommand(latin1("GET+5"), 0, 3), "invalid");
  assertEquals(parseCommand(latin1("SHUTDOWN now"), 0, 8), "shutdown");
});
