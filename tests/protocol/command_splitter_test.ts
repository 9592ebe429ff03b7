import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { type Command, INVALID, QUIT, SHUTDOWN } from "../../src/protocol/command.ts";
import {
  BATCH_MAX_COMMANDS,
  COMMAND_MAX_BYTES,
  CommandSplitter,
} from "../../src/protocol/command_splitter.ts";
import { isPending } from "../support/pending.ts";

// One character is one byte.
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function batchesOf(...chunks: Uint8Array[]): Promise<Command[][]> {
  const splitter = new CommandSplitter();
  const batches = Array.fromAsync(splitter.readable);
  const writer = splitter.writable.getWriter();
  // As a connection does it: one buffer, used again as soon as `write` has resolved.
  const buffer = new Uint8Array(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    buffer.set(chunk);
    await writer.write(buffer.subarray(0, chunk.length));
    buffer.fill(0x39);
  }
  await writer.close();
  return await batches;
}

async function commandsOf(...chunks: Uint8Array[]): Promise<Command[]> {
  return (await batchesOf(...chunks)).flat();
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

Deno.test("a whole exchange gives the commands of the table", async () => {
  for (const [text, commands] of EXCHANGES) {
    assertEquals(await commandsOf(bytesOf(text)), commands, JSON.stringify(text));
  }
});

Deno.test("an exchange fed byte by byte gives the same commands", async () => {
  for (const [text, commands] of EXCHANGES) {
    const chunks = Array.from(bytesOf(text), (byte) => Uint8Array.of(byte));
    assertEquals(await commandsOf(...chunks), commands, JSON.stringify(text));
  }
});

Deno.test("an exchange cut in two anywhere gives the same commands", async () => {
  for (const [text, commands] of EXCHANGES) {
    const bytes = bytesOf(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found = await commandsOf(bytes.subarray(0, cut), bytes.subarray(cut));
      assertEquals(found, commands, `${JSON.stringify(text)} cut at ${cut}`);
    }
  }
});

Deno.test("any bytes cut anywhere give what a naive splitter gives", async () => {
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
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(text, noise, fc.uint8Array()),
      fc.array(fc.nat({ max: 4000 }), { maxLength: 8 }),
      async (bytes, places) => {
        const cuts = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
        const chunks = [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i]));
        const expected = naiveCommands(bytes).map(meaning);
        assertEquals((await commandsOf(bytes)).map(meaning), expected);
        assertEquals((await commandsOf(...chunks)).map(meaning), expected);
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

Deno.test("a command of 1,024 bytes is taken, one of 1,025 is not, wherever it is cut", async () => {
  for (const bytes of [1023, 1024, 1025]) {
    const command = bytes <= 1024 ? get(5) : INVALID;
    for (const padding of ["before", "between", "behind"] as const) {
      for (const terminator of ["\n", "\r\n"]) {
        const all = bytesOf(`${paddedGet(bytes, padding)}${terminator}GET 6\n`);
        for (const cut of [0, 1, 500, 1022, 1023, 1024, 1025, 1026, 1027, 1028]) {
          const found = await commandsOf(all.subarray(0, cut), all.subarray(cut));
          const what = `${bytes} bytes ${padding} ${JSON.stringify(terminator)} cut at ${cut}`;
          assertEquals(found, [command, get(6)], what);
        }
      }
    }
  }
});

Deno.test("a command of 1,024 bytes without terminator is taken, one of 1,025 is not", async () => {
  assertEquals(await commandsOf(bytesOf(paddedGet(1024, "before"))), [get(5)]);
  assertEquals(await commandsOf(bytesOf(paddedGet(1025, "before"))), [INVALID]);
  assertEquals(await commandsOf(bytesOf(paddedGet(1024, "before")), bytesOf(" ")), [INVALID]);
});

Deno.test("invalid is given as soon as a command is too long, and once", async () => {
  const splitter = new CommandSplitter();
  const reader = splitter.readable.getReader();
  const writer = splitter.writable.getWriter();
  const invalid = reader.read();
  await writer.write(bytesOf("x".repeat(600)));
  assert(await isPending(invalid));
  await writer.write(bytesOf("x".repeat(COMMAND_MAX_BYTES + 2 - 600)));
  assertEquals((await invalid).value, [INVALID]);
  const next = reader.read();
  await writer.write(bytesOf("GET 1 GET 2\r"));
  assert(await isPending(next));
  await writer.write(bytesOf("\nGET 3\n"));
  assertEquals((await next).value, [get(3)]);
  await writer.close();
  assertEquals((await reader.read()).done, true);
});

Deno.test("an endless command gives one invalid and takes no memory", async () => {
  const chunk = new Uint8Array(256 * 1024).fill(0x78);
  const splitter = new CommandSplitter();
  const batches = Array.fromAsync(splitter.readable);
  const writer = splitter.writable.getWriter();
  await writer.write(chunk);
  const before = Deno.memoryUsage();
  for (let i = 0; i < 1000; i++) await writer.write(chunk);
  const after = Deno.memoryUsage();
  await writer.close();
  assertEquals(await batches, [[INVALID]]);
  const grownBytes = after.external + after.heapUsed - before.external - before.heapUsed;
  assertLess(grownBytes, 64 * 1024 * 1024);
});

Deno.test("a batch holds 64 commands at most, and none is lost between batches", async () => {
  for (const count of [63, 64, 65, 128, 129, 1000]) {
    const lines = Array.from({ length: count }, (_, i) => i + 1);
    const batches = await batchesOf(bytesOf(lines.map((line) => `GET ${line}\n`).join("")));
    assertEquals(batches.flat(), lines.map(get));
    assertEquals(batches.length, Math.ceil(count / BATCH_MAX_COMMANDS));
    for (const batch of batches) {
      assertLessOrEqual(batch.length, BATCH_MAX_COMMANDS);
      assert(batch.length > 0);
    }
  }
});

Deno.test("a batch stays in its bounds where an overlong command ends the chunk", async () => {
  for (const count of [62, 63, 64, 65]) {
    const batches = await batchesOf(bytesOf("QUIT\n".repeat(count) + TOO_LONG));
    assertEquals(batches.flat(), [...Array(count).fill(QUIT), INVALID]);
    for (const batch of batches) assertLessOrEqual(batch.length, BATCH_MAX_COMMANDS);
  }
});

Deno.test("a chunk gives one batch, and none where no command ends in it", async () => {
  const batches = await batchesOf(bytesOf("GET 1\nGET 2\nGE"), bytesOf("T 3"), bytesOf("\n"));
  assertEquals(batches, [[get(1), get(2)], [get(3)]]);
});

Deno.test("write does not resolve while nobody reads, and does when somebody does", async () => {
  const splitter = new CommandSplitter();
  const writer = splitter.writable.getWriter();
  await writer.write(bytesOf("GET 1\n"));
  const second = writer.write(bytesOf("GET 2\n"));
  const third = writer.write(bytesOf("GET 3\n"));
  assert(await isPending(second));
  assert(await isPending(writer.ready));
  const reader = splitter.readable.getReader();
  assertEquals((await reader.read()).value, [get(1)]);
  await second;
  assert(await isPending(third));
  assertEquals((await reader.read()).value, [get(2)]);
  await third;
  assertEquals((await reader.read()).value, [get(3)]);
  await writer.close();
});

Deno.test("a reader that goes away ends the writing", async () => {
  const splitter = new CommandSplitter();
  const writer = splitter.writable.getWriter();
  await writer.write(bytesOf("GET 1\n"));
  const stuck = writer.write(bytesOf("GET 2\n")).catch(() => "refused");
  const closed = writer.closed.catch(() => "refused");
  await splitter.readable.cancel();
  await stuck;
  assertEquals(await writer.write(bytesOf("GET 3\n")).catch(() => "refused"), "refused");
  assertEquals(await closed, "refused");
});
