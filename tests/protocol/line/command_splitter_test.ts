import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { type Command, INVALID, QUIT, SHUTDOWN } from "../../../src/protocol/command.ts";
import { COMMAND_MAX_BYTES, CommandSplitter } from "../../../src/protocol/line/command_splitter.ts";

// One character is one byte.
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What each chunk gives, and what the end does. */
function batchesOf(...chunks: Uint8Array[]): Command[][] {
  const splitter = new CommandSplitter();
  // As a connection does it: one buffer, used again for the next chunk.
  const buffer = new Uint8Array(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  const batches = chunks.map((chunk) => {
    buffer.set(chunk);
    const commands = splitter.split(buffer.subarray(0, chunk.length));
    buffer.fill(0x39);
    return commands;
  });
  return [...batches, splitter.end()];
}

function commandsOf(...chunks: Uint8Array[]): Command[] {
  return batchesOf(...chunks).flat();
}

/** What DESIGN.md says, in the plainest way. */
function naiveCommands(bytes: Uint8Array): Command[] {
  const text = String.fromCharCode(...bytes);
  const pieces = text.split("\n");
  if (pieces.at(-1) === "") pieces.pop();
  return pieces.map((piece) => naiveCommand(piece.replace(/\r$/, "")));
}

function naiveCommand(piece: string): Command {
  if (piece.length > 1024) return { verb: "invalid" };
  const [verb, number] = piece.split(/[ \t\v\f\r]+/).filter((word) => word !== "");
  switch (verb?.toLowerCase()) {
    case "get":
      return /^[+-]?[0-9]+$/.test(number ?? "")
        ? { verb: "get", line: Number(number) }
        : { verb: "invalid" };
    case "quit":
      return { verb: "quit" };
    case "shutdown":
      return { verb: "shutdown" };
    default:
      return { verb: "invalid" };
  }
}

/** A number over 2^53 - 1 is no line's, whatever number it is. */
function meaning(command: Command): Command {
  return command.verb === "get" && command.line > Number.MAX_SAFE_INTEGER
    ? { verb: "get", line: Infinity }
    : command;
}

function get(line: number): Command {
  return { verb: "get", line };
}

const TOO_LONG = "x".repeat(COMMAND_MAX_BYTES + 1);
const EXCHANGES: readonly (readonly [bytes: string, commands: Command[]])[] = [
  ["", []],
  ["\n", [INVALID]],
  ["\r\n", [INVALID]],
  ["\r", [INVALID]],
  ["\n\n", [INVALID, INVALID]],
  ["\n\r\n\r", [INVALID, INVALID, INVALID]],
  ["GET 5\n", [get(5)]],
  ["GET 5\r\n", [get(5)]],
  ["GET 5", [get(5)]],
  ["GET 5\r", [get(5)]],
  ["GET 5\r\r\n", [get(5)]],
  ["GET 5\n\r", [get(5), INVALID]],
  ["GET 1\nGET 2\r\nGET 3\nGET 4", [get(1), get(2), get(3), get(4)]],
  [" get  1 \n\tGET 2 words\r\n", [get(1), get(2)]],
  ["GET 1\rGET 2\n", [get(1)]],
  ["GET\r5\n", [get(5)]],
  ["GET\nGET x\nFOO 1\n", [INVALID, INVALID, INVALID]],
  ["GET 0\nGET -3\n", [get(0), get(-3)]],
  ["QUIT\nGET 1\n", [QUIT, get(1)]],
  ["GET 1\r\nquit", [get(1), QUIT]],
  ["Shutdown\r\n", [SHUTDOWN]],
  ["GET 1\0\n\0\n\xff\xfe\n", [INVALID, INVALID, INVALID]],
  [`GET 1\n${TOO_LONG}\nGET 2\n`, [get(1), INVALID, get(2)]],
  [`${TOO_LONG}\r\nGET 2`, [INVALID, get(2)]],
  [`${TOO_LONG}xyz\n\n`, [INVALID, INVALID]],
  [`${TOO_LONG}`, [INVALID]],
  [`${TOO_LONG}\n`, [INVALID]],
];

Deno.test("a whole exchange gives the commands of the table", () => {
  for (const [text, commands] of EXCHANGES) {
    assertEquals(commandsOf(bytesOf(text)), commands, JSON.stringify(text));
  }
});

Deno.test("an exchange fed byte by byte gives the same commands", () => {
  for (const [text, commands] of EXCHANGES) {
    const chunks = Array.from(bytesOf(text), (byte) => Uint8Array.of(byte));
    assertEquals(commandsOf(...chunks), commands, JSON.stringify(text));
  }
});

Deno.test("an exchange cut in two anywhere gives the same commands", () => {
  for (const [text, commands] of EXCHANGES) {
    const bytes = bytesOf(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found = commandsOf(bytes.subarray(0, cut), bytes.subarray(cut));
      assertEquals(found, commands, `${JSON.stringify(text)} cut at ${cut}`);
    }
  }
});

Deno.test("any bytes cut anywhere give what a naive splitter gives", () => {
  const number = fc.integer({ min: -9, max: 10 ** 9 }).map(String);
  const word = fc.constantFrom("GET", "get", "quit", "SHUTDOWN", "GET 5", "+7", "x", "\0", "\xe9");
  const blank = fc.constantFrom(" ", " ", "\t", "\r");
  const end = fc.constantFrom("\n", "\r\n", "\r", "\n\n");
  const filling = fc.tuple(fc.constantFrom("x", " ", "0"), fc.integer({ min: 1018, max: 1027 }))
    .map(([character, count]) => character.repeat(count));
  const part = fc.oneof(
    { weight: 4, arbitrary: word },
    { weight: 4, arbitrary: blank },
    { weight: 3, arbitrary: number },
    { weight: 4, arbitrary: end },
    { weight: 1, arbitrary: filling },
  );
  const text = fc.array(part, { maxLength: 40, size: "max" }).map((parts) =>
    bytesOf(parts.join(""))
  );
  const noise = fc.array(fc.constantFrom(0, 9, 10, 13, 32, 53, 71, 103, 128, 255))
    .map((bytes) => Uint8Array.from(bytes));
  fc.assert(
    fc.property(
      fc.oneof(text, noise, fc.uint8Array()),
      fc.array(fc.nat({ max: 4000 }), { maxLength: 8 }),
      (bytes, places) => {
        const cuts = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
        const chunks = [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i]));
        const expected = naiveCommands(bytes).map(meaning);
        assertEquals(commandsOf(bytes).map(meaning), expected);
        assertEquals(commandsOf(...chunks).map(meaning), expected);
      },
    ),
    { numRuns: 300 },
  );
});

function paddedGet(bytes: number, padding: "before" | "between" | "behind"): string {
  const blanks = " ".repeat(bytes - "GET 5".length);
  switch (padding) {
    case "before":
      return `${blanks}GET 5`;
    case "between":
      return `GET${blanks} 5`;
    case "behind":
      return `GET 5${blanks}`;
  }
}

Deno.test("a command of 1,024 bytes is taken, one of 1,025 is not, wherever it is cut", () => {
  for (const bytes of [1023, 1024, 1025]) {
    const command = bytes <= 1024 ? get(5) : INVALID;
    for (const padding of ["before", "between", "behind"] as const) {
      for (const terminator of ["\n", "\r\n"]) {
        const all = bytesOf(`${paddedGet(bytes, padding)}${terminator}GET 6\n`);
        for (const cut of [0, 1, 500, 1022, 1023, 1024, 1025, 1026, 1027, 1028]) {
          const found = commandsOf(all.subarray(0, cut), all.subarray(cut));
          const what = `${bytes} bytes ${padding} ${JSON.stringify(terminator)} cut at ${cut}`;
          assertEquals(found, [command, get(6)], what);
        }
      }
    }
  }
});

Deno.test("a command of 1,024 bytes without terminator is taken, one of 1,025 is not", () => {
  assertEquals(commandsOf(bytesOf(paddedGet(1024, "before"))), [get(5)]);
  assertEquals(commandsOf(bytesOf(paddedGet(1025, "before"))), [INVALID]);
  assertEquals(commandsOf(bytesOf(paddedGet(1024, "before")), bytesOf(" ")), [INVALID]);
});

Deno.test("invalid is given as soon as a command is too long, and once", () => {
  const splitter = new CommandSplitter();
  assertEquals(splitter.split(bytesOf("x".repeat(600))), []);
  assertEquals(splitter.split(bytesOf("x".repeat(COMMAND_MAX_BYTES + 2 - 600))), [INVALID]);
  assertEquals(splitter.split(bytesOf("GET 1 GET 2\r")), []);
  assertEquals(splitter.split(bytesOf("\nGET 3\n")), [get(3)]);
  assertEquals(splitter.end(), []);
});

Deno.test("an endless command gives one invalid and takes no memory", () => {
  const chunk = new Uint8Array(256 * 1024).fill(0x78);
  const splitter = new CommandSplitter();
  assertEquals(splitter.split(chunk), [INVALID]);
  const before = Deno.memoryUsage();
  for (let i = 0; i < 1000; i++) assertEquals(splitter.split(chunk), []);
  const after = Deno.memoryUsage();
  assertEquals(splitter.end(), []);
  const grownBytes = after.external + after.heapUsed - before.external - before.heapUsed;
  assertLess(grownBytes, 64 * 1024 * 1024);
});

Deno.test("a chunk gives all commands that end in it, and none where none does", () => {
  const batches = batchesOf(bytesOf("GET 1\nGET 2\nGE"), bytesOf("T 3"), bytesOf("\n"));
  assertEquals(batches, [[get(1), get(2)], [], [get(3)], []]);
  const lines = Array.from({ length: 1000 }, (_, i) => i + 1);
  const text = lines.map((line) => `GET ${line}\n`).join("");
  assertEquals(batchesOf(bytesOf(text)), [lines.map(get), []]);
});
