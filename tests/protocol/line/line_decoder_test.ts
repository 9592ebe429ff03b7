import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import {
  COMMAND_MAX_BYTES,
  LineDecoder,
  MGET_MAX_BYTES,
} from "../../../src/protocol/line/line_decoder.ts";
import { LineProtocolEncoder } from "../../../src/protocol/line/line_encoder.ts";
import { latin1 } from "../../support/e2e_bytes.ts";
import { type Asked, askedBy, cut, decodeChunks } from "../../support/protocol_contract.ts";

const INVALID: Asked = { reply: "INVALID COMMAND!\n" };
const REFUSED: Asked = { reply: "ERR\n" };
const LINE_COUNT = 1_000;

const encoder = new LineProtocolEncoder("lf");

function openDecoder(): LineDecoder {
  return new LineDecoder(encoder, LINE_COUNT);
}

function asked(...chunks: Uint8Array[]): Asked[] {
  return decodeChunks(openDecoder(), chunks).flat();
}

/** The line protocol in the simplest way: all bytes at once, as text. */
function naiveAsked(bytes: Uint8Array): Asked[] {
  const commands = String.fromCharCode(...bytes).split("\n");
  if (commands.at(-1) === "") commands.pop();
  let wasInvalid = false;
  return commands.flatMap((command) => {
    const asked = naiveCommand(command.replace(/\r$/, ""));
    if (asked === INVALID || asked === REFUSED) wasInvalid = true;
    return asked === "shutdown" && wasInvalid ? REFUSED : asked;
  });
}

function naiveCommand(command: string): Asked | Asked[] {
  const isMget = /^[ \t\v\f\r]*MGET[ \t\v\f\r]/i.test(command.slice(0, 1024));
  if (command.length > (isMget ? 65_536 : 1024)) return INVALID;
  const words = command.split(/[ \t\v\f\r]+/).filter((word) => word !== "");
  const isInteger = (word = "") => /^[+-]?[0-9]+$/.test(word);
  switch (words[0]?.toLowerCase()) {
    case "get":
      return isInteger(words[1]) ? Number(words[1]) : INVALID;
    case "mget":
      return words.length > 1 && words.slice(1).every(isInteger)
        ? words.slice(1).map(Number)
        : INVALID;
    case "range":
      return isInteger(words[1]) && isInteger(words[2])
        ? naiveRange(Number(words[1]), Number(words[2]))
        : INVALID;
    case "count":
      return { reply: `OK\n${LINE_COUNT}\n` };
    case "quit":
      return "close";
    case "shutdown":
      return words.length === 1 ? "shutdown" : REFUSED;
    default:
      return INVALID;
  }
}

function naiveRange(first: number, last: number): Asked {
  const lines = Array.from({ length: LINE_COUNT }, (_, i) => i + 1);
  const [from, to] = [first, last].map((n) => n < 0 ? LINE_COUNT + 1 + n : n) as [number, number];
  const range = lines.filter((line) => line >= from && line <= to);
  return range.length === 0 ? { reply: "OK 0\n" } : { range: [range[0]!, range.at(-1)!] };
}

/** A number beyond ±(2^53 - 1) is never a line's number, so its value does not matter. */
function normalized(asked: readonly Asked[]): Asked[] {
  return asked.map((one) => {
    if (typeof one !== "number") return one;
    return Math.abs(one) > Number.MAX_SAFE_INTEGER ? Infinity : one || 0;
  });
}

Deno.test("LineDecoder.decode() gives what a naive decoder gives, for any bytes split anywhere", () => {
  const word = fc.constantFrom(
    "GET",
    "get",
    "MGET",
    "RANGE",
    "count",
    "quit",
    "SHUTDOWN",
    "GET 5",
    "+7",
    "x",
    "\0",
    "\xe9",
  );
  const number = fc.integer({ min: -9, max: 10 ** 9 }).map(String);
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
    latin1(parts.join(""))
  );
  const noise = fc.array(fc.constantFrom(0, 9, 10, 13, 32, 53, 71, 103, 128, 255))
    .map((bytes) => Uint8Array.from(bytes));
  const places = fc.array(fc.nat({ max: 4000 }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.oneof(text, text, noise, fc.uint8Array()), places, (bytes, places) => {
      const expected = normalized(naiveAsked(bytes));
      assertEquals(normalized(asked(bytes)), expected);
      assertEquals(normalized(asked(...cut(bytes, places))), expected);
    }),
    { numRuns: 300 },
  );
});

Deno.test("LineDecoder.decode() returns the requests that end in the chunk", () => {
  const batches = decodeChunks(openDecoder(), ["GET 1\nGET 2\nGE", "T 3", "\n"].map(latin1));
  assertEquals(batches, [[1, 2], [], [3], []]);
});

Deno.test("LineDecoder.decode() makes one request of consecutive GETs", () => {
  const numbers = Array.from({ length: 1000 }, (_, i) => i + 1);
  const chunk = latin1(numbers.map((number) => `GET ${number}\n`).join(""));
  assertEquals(openDecoder().decode(chunk), [{ kind: "lines", numbers, encoder }]);
  assertEquals(openDecoder().decode(latin1("GET 1\nGET 2\nQUIT\nGET 3\n")), [
    { kind: "lines", numbers: [1, 2], encoder },
    { kind: "close" },
    { kind: "lines", numbers: [3], encoder },
  ]);
});

Deno.test("LineDecoder.decode() accepts an MGET of up to MGET_MAX_BYTES, however it is split", () => {
  const numbers = MGET_MAX_BYTES / 2 - 2;
  for (const [extra, found] of [["", Array(numbers).fill(7)], ["  ", [INVALID]]] as const) {
    const bytes = latin1(`MGET${" 7".repeat(numbers)}${extra}\r\nGET 1\n`);
    assertEquals(asked(bytes), [...found, 1]);
    for (const size of [7, 1_000, 4_096, 65_537]) {
      const places = Array.from({ length: bytes.length / size }, (_, i) => i * size);
      assertEquals(asked(...cut(bytes, places)), [...found, 1], `${size} bytes at a time`);
    }
  }
});

function padded(bytes: number, padding: "before" | "between" | "after"): string {
  const blanks = " ".repeat(bytes - "GET 5".length);
  switch (padding) {
    case "before":
      return `${blanks}GET 5`;
    case "between":
      return `GET${blanks} 5`;
    case "after":
      return `GET 5${blanks}`;
  }
}

Deno.test("LineDecoder.decode() accepts a command of 1,024 bytes and no longer one, split anywhere", () => {
  assertEquals(COMMAND_MAX_BYTES, 1024);
  for (const bytes of [1023, 1024, 1025]) {
    const command = bytes <= 1024 ? 5 : INVALID;
    for (const padding of ["before", "between", "after"] as const) {
      for (const terminator of ["\n", "\r\n"]) {
        const all = latin1(`${padded(bytes, padding)}${terminator}GET 6\n`);
        for (const at of [0, 1, 500, 1022, 1023, 1024, 1025, 1026, 1027, 1028]) {
          const found = asked(all.subarray(0, at), all.subarray(at));
          const what = `${bytes} bytes, ${padding}, ${JSON.stringify(terminator)}, split at ${at}`;
          assertEquals(found, [command, 6], what);
        }
      }
    }
  }
});

Deno.test("LineDecoder.decode() at the end of the stream accepts 1,024 bytes without a terminator", () => {
  assertEquals(asked(latin1(padded(1024, "before"))), [5]);
  assertEquals(asked(latin1(padded(1024, "before") + "\r")), [5]);
  assertEquals(asked(latin1(padded(1025, "before"))), [INVALID]);
  assertEquals(asked(latin1(padded(1024, "before")), latin1(" ")), [INVALID]);
});

Deno.test("LineDecoder.decode() reports a command as invalid once, as soon as it is too long", () => {
  const decoder = openDecoder();
  const decode = (text: string | null) =>
    askedBy(decoder.decode(text === null ? null : latin1(text)));
  assertEquals(decode("x".repeat(600)), []);
  assertEquals(decode("x".repeat(COMMAND_MAX_BYTES + 2 - 600)), [INVALID]);
  assertEquals(decode("GET 1 GET 2\r"), []);
  assertEquals(decode("\nGET 3\n"), [3]);
  assertEquals(decode(null), []);
});

Deno.test("LineDecoder.decode() holds no more of an endless command than its limit", () => {
  const chunk = new Uint8Array(256 * 1024).fill(0x78);
  const decoder = openDecoder();
  assertEquals(askedBy(decoder.decode(chunk)), [INVALID]);
  const before = Deno.memoryUsage();
  for (let i = 0; i < 400; i++) assertEquals(decoder.decode(chunk), []);
  const after = Deno.memoryUsage();
  assertEquals(decoder.decode(null), []);
  const grownBytes = after.external + after.heapUsed - before.external - before.heapUsed;
  assertLess(grownBytes, 50 * 1024 * 1024);
});

/** What a connection sends, and whether its SHUTDOWN counts. */
const SHUTDOWNS: readonly (readonly [sent: string, isShutdown: boolean])[] = [
  ["SHUTDOWN\n", true],
  ["SHUTDOWN\r\n", true],
  ["SHUTDOWN", true],
  [" \tshutdown \r\n", true],
  ["GET 1\nGET 99999\nGET 0\nSHUTDOWN\n", true],
  ["SHUTDOWN please\n", false],
  ["SHUTDOWN / HTTP/1.1\r\nHost: 127.0.0.1:10497\r\n\r\n", false],
  ["SHUTDOWN now\nSHUTDOWN\n", false],
  ["SHUTDOWN / HTTP/1.0\r\n\r\nSHUTDOWN\r\n", false],
  ["GET / HTTP/1.1\r\nHost: 127.0.0.1:10497\r\n\r\nSHUTDOWN\r\n", false],
  ["GET /1 HTTP/1.0\r\n\r\nSHUTDOWN\r\n", false],
  ["POST / HTTP/1.1\r\nHost:x\r\n\r\nSHUTDOWN\r\n", false],
  [`POST / HTTP/1.1\r\nHost: ${"x".repeat(1100)}\r\n\r\nSHUTDOWN\r\n`, false],
  [`POST /${"x".repeat(1100)} HTTP/1.1\r\nHost: x\r\n\r\nSHUTDOWN\r\n`, false],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x09\0\x01\0\0\0\x03\nSHUTDOWN\n", false],
  ["POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nSHUTDOWN\n", false],
  ["PUT / HTTP/1.1\nSHUTDOWN\n", false],
  ["\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\nSHUTDOWN\n", false],
  ["\nSHUTDOWN\n", false],
  ["\r\nSHUTDOWN\r\n", false],
  ["\0\nSHUTDOWN\n", false],
  ["\0SHUTDOWN\n", false],
  ["\xef\xbb\xbfSHUTDOWN\n", false],
  ["GET 1\0\nSHUTDOWN\n", false],
  ["SHUTDOWN\x85\n", false],
  ["GET\nSHUTDOWN\n", false],
  ["GET 1\nHELLO\nGET 2\nSHUTDOWN\n", false],
  [`${"x".repeat(2000)}\nSHUTDOWN\n`, false],
  [`${" ".repeat(1025)}SHUTDOWN\n`, false],
  [`GET 1${" ".repeat(1025)}\nSHUTDOWN\n`, false],
  [`${"x".repeat(1030)}\r\nGET 1\nSHUTDOWN\n`, false],
  ["SHUTDOWN\0\n", false],
  ["SHUTDOWNS\n", false],
];

for (const [sent, isShutdown] of SHUTDOWNS) {
  const name = JSON.stringify(sent.length > 60 ? `${sent.slice(0, 60)}…` : sent);
  Deno.test(`LineDecoder.decode() ${isShutdown ? "accepts" : "refuses"} SHUTDOWN in ${name}`, () => {
    const bytes = latin1(sent);
    for (let at = 0; at <= bytes.length; at++) {
      const found = asked(bytes.subarray(0, at), bytes.subarray(at));
      assertEquals(found.includes("shutdown"), isShutdown, `split at ${at}`);
    }
  });
}

Deno.test("LineDecoder.decode() refuses every SHUTDOWN after something invalid", () => {
  assertEquals(asked(latin1("x\nSHUTDOWN\nGET 1\nSHUTDOWN\n")), [INVALID, REFUSED, 1, REFUSED]);
});
