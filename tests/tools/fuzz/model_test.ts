import { assert, assertEquals } from "@std/assert";
import {
  asLatin1,
  expectedReplies,
  findDifference,
  fromLatin1,
  linesOf,
} from "../../../tools/fuzz/model.ts";

const LF = { status: "\n", line: "\n" };

function replies(sent: string): string[] {
  return expectedReplies(sent, ["one", "two"], LF).map(({ bytes }) => bytes);
}

Deno.test("linesOf() removes LF and CRLF, and counts a last line without a terminator", () => {
  assertEquals(linesOf(""), []);
  assertEquals(linesOf("a\r\n\n\rb\r\r\nc\r"), ["a", "", "\rb\r", "c\r"]);
});

Deno.test("asLatin1() and fromLatin1() keep every byte", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256);
  assertEquals(fromLatin1(asLatin1(bytes)), bytes);
});

Deno.test("expectedReplies() answers each command, also one that is not terminated", () => {
  const invalid = "INVALID COMMAND!\n";
  assertEquals(replies("GET 1\nget +2 x\r\nGET 3\nGET -1\nGET\n\nSHUTDOWN\nGET 2"), [
    ...["OK\none\n", "OK\ntwo\n", "ERR\n", "ERR\n", invalid, invalid, "ERR\n", "OK\ntwo\n"],
  ]);
  assertEquals(replies(`GET 1${" ".repeat(1_019)}\nGET 1${" ".repeat(1_020)}\n`), [
    "OK\none\n",
    invalid,
  ]);
  assertEquals(replies("quit\nGET 1\n"), []);
});

Deno.test("findDifference() accepts the replies, errors in place of lines if allowed, and a cut", () => {
  const expected = expectedReplies("GET 1\nGET 5\n", ["one"], LF);
  const failed = "Server error: x\nERR\n";
  assertEquals(findDifference("OK\none\nERR\n", expected, "no errors", "complete"), undefined);
  assertEquals(findDifference("OK\non", expected, "no errors", "cut"), undefined);
  assertEquals(findDifference(failed, expected, "errors allowed", "complete"), undefined);
  assertEquals(findDifference("Serv", expected, "errors allowed", "cut"), undefined);
  assert(findDifference(failed, expected, "no errors", "complete"));
});

Deno.test("findDifference() describes a wrong, a missing and a surplus reply", () => {
  const expected = expectedReplies("GET 1\n", ["one"], LF);
  const differenceOf = (received: string) =>
    findDifference(received, expected, "errors allowed", "complete");
  assertEquals(differenceOf("OK\ntwo\n"), 'reply 1 of 1 is "OK\\ntwo\\n", not "OK\\none\\n"');
  assertEquals(differenceOf("OK\no"), 'reply 1 of 1 is "OK\\no", not "OK\\none\\n"');
  assertEquals(differenceOf("OK\none\nERR\n"), 'after the 1 replies come "ERR\\n"');
});

Deno.test("expectedReplies() answers MGET number by number, and clips ranges to the file", () => {
  assertEquals(replies("MGET 2 9 1\nMGET 1 x\nMGET\nCOUNT\n"), [
    ...["OK\ntwo\n", "ERR\n", "OK\none\n"],
    ...["INVALID COMMAND!\n", "INVALID COMMAND!\n", "OK\n2\n"],
  ]);
  assertEquals(replies("RANGE 0 1\nRANGE -1 9\nRANGE 1 -1\nRANGE 2 1\nRANGE -9 -8\nRANGE 1\n"), [
    ...["OK 1\none\n", "OK 1\ntwo\n", "OK 2\none\ntwo\n", "OK 0\n", "OK 0\n"],
    "INVALID COMMAND!\n",
  ]);
});

Deno.test("findDifference() accepts a range that is cut off only if errors are allowed", () => {
  const expected = expectedReplies("RANGE 1 2\n", ["one", "two"], LF);
  assertEquals(findDifference("OK 2\none\n", expected, "errors allowed", "complete"), undefined);
  assert(findDifference("OK 2\none\n", expected, "no errors", "complete") !== undefined);
  assert(findDifference("OK 2\ntwo\n", expected, "errors allowed", "complete") !== undefined);
});
