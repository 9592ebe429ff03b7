import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  ARGUMENT_MAX_BYTES,
  ARGUMENTS_MAX,
  COMMAND_MAX_BYTES,
  INLINE_MAX_BYTES,
} from "../../../src/protocol/redis/command_reader.ts";
import { latin1 } from "../../support/e2e_bytes.ts";
import { cut } from "../../support/protocol_contract.ts";
import { converse, multibulk, redisProtocolOf } from "../../support/redis_conversation.ts";

const LINES = ["one", "", "three \xff\0", "x".repeat(1_000), "5"];

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";

function sendTo(lines: readonly string[], ...sent: readonly string[]): string {
  return converse(lines, sent.map(latin1));
}

function send(...words: readonly string[]): string {
  return sendTo(LINES, multibulk(...words));
}

/** Commands with the replies that they must have. */
const REPLIES: readonly (readonly [command: string, reply: string])[] = [
  ["GET 1", "$3\r\none\r\n"],
  ["GET 0002", "$0\r\n\r\n"],
  ["GET 0", "$-1\r\n"],
  ["GET 6", "$-1\r\n"],
  ["GET -1", "$-1\r\n"],
  ["GET +1", "$-1\r\n"],
  ["GET 99999999999999999999999", "$-1\r\n"],
  ["GET", "-ERR wrong number of arguments for 'get' command\r\n"],
  ["GET 1 2", "-ERR wrong number of arguments for 'get' command\r\n"],
  ["GET lines", WRONG_TYPE],
  ["GET Lines", "$-1\r\n"],
  ["MGET lines 5 5", "*3\r\n$-1\r\n$1\r\n5\r\n$1\r\n5\r\n"],
  ["STRLEN 4", ":1000\r\n"],
  ["STRLEN 9", ":0\r\n"],
  ["STRLEN lines", WRONG_TYPE],
  ["GETRANGE 1 1 -1", "$2\r\nne\r\n"],
  ["GETRANGE 1 -99 0", "$1\r\no\r\n"],
  ["GETRANGE 1 -1 -2", "$0\r\n\r\n"],
  ["GETRANGE 9 0 1", "$0\r\n\r\n"],
  ["GETRANGE 1 a 1", NOT_AN_INTEGER],
  ["EXISTS 1 1 9 lines", ":3\r\n"],
  ["TYPE 1", "+string\r\n"],
  ["TYPE lines", "+list\r\n"],
  ["TYPE 9", "+none\r\n"],
  ["TTL 1", ":-1\r\n"],
  ["PTTL 9", ":-2\r\n"],
  ["DBSIZE", ":5\r\n"],
  ["RANDOMKEY", "$1\r\n3\r\n"],
  ["LLEN lines", ":5\r\n"],
  ["LLEN 1", WRONG_TYPE],
  ["LLEN other", ":0\r\n"],
  ["LINDEX lines 0", "$3\r\none\r\n"],
  ["LINDEX lines -6", "$-1\r\n"],
  ["LINDEX other 0", "$-1\r\n"],
  ["LINDEX lines x", NOT_AN_INTEGER],
  ["LRANGE lines 0 1", "*2\r\n$3\r\none\r\n$0\r\n\r\n"],
  ["LRANGE lines -1 -1", "*1\r\n$1\r\n5\r\n"],
  ["LRANGE lines 0 -9", "*0\r\n"],
  ["LRANGE lines 0 9223372036854775808", NOT_AN_INTEGER],
  ["LRANGE 5 0 1", WRONG_TYPE],
  ["LRANGE 9 0 1", "*0\r\n"],
  ["KEYS [1-2]", "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"],
  ["SCAN 0 COUNT 2", "*2\r\n$1\r\n3\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n"],
  ["SCAN 3 MATCH 4", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\n4\r\n"],
  ["SCAN 0 TYPE list", "*2\r\n$1\r\n0\r\n*0\r\n"],
  ["SCAN 99", "*2\r\n$1\r\n0\r\n*0\r\n"],
  ["SCAN x", "-ERR invalid cursor\r\n"],
  ["SCAN 0 COUNT 0", "-ERR syntax error\r\n"],
  ["ECHO hello", "$5\r\nhello\r\n"],
  ["SELECT 0", "+OK\r\n"],
  ["SELECT 1", "-ERR DB index is out of range\r\n"],
  ["RESET", "+RESET\r\n"],
  ["AUTH default x", "+OK\r\n"],
  ["AUTH someone x", "-WRONGPASS invalid username-password pair or user is disabled.\r\n"],
  ["HELLO 4", "-NOPROTO unsupported protocol version\r\n"],
  ["HELLO x", "-ERR Protocol version is not an integer or out of range\r\n"],
  ["HELLO 3 WHAT", "-ERR Syntax error in HELLO option 'WHAT'\r\n"],
  ["CLIENT ID", ":1\r\n"],
  ["CLIENT GETNAME", "$-1\r\n"],
  ["CLIENT SETNAME a", "+OK\r\n"],
  ["CLIENT SETINFO LIB-NAME redis-py", "+OK\r\n"],
  ["CLIENT SETINFO COLOR red", "-ERR Unrecognized option 'COLOR'\r\n"],
  ["CLIENT NO-EVICT on", "+OK\r\n"],
  ["CLIENT SETNAME", "-ERR wrong number of arguments for 'client|setname' command\r\n"],
  [
    "CLIENT MAINT_NOTIFICATIONS ON",
    "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n",
  ],
  ["CONFIG GET save", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"],
  ["CONFIG GET nothing", "*0\r\n"],
  ["COMMAND COUNT", ":27\r\n"],
  ["COMMAND INFO nothing", "*1\r\n$-1\r\n"],
  ["SET 1 x", "-READONLY You can't write against a read only replica.\r\n"],
  ["flushall", "-READONLY You can't write against a read only replica.\r\n"],
  ["MULTI", "-ERR unknown command 'MULTI', with args beginning with: \r\n"],
  ["foo a b", "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n"],
  ["SHUTDOWN NOW", "-ERR syntax error\r\n"],
  ["POST /", "<close>"],
  ["Host: a", "<close>"],
];

for (const [command, reply] of REPLIES) {
  Deno.test(`RedisDecoder answers ${command} with ${JSON.stringify(reply.slice(0, 40))}`, () => {
    assertEquals(send(...command.split(" ")), reply);
    // An inline command that the protocol is not recognized by.
    assertEquals(sendTo(LINES, `${command}\r\n`), reply);
  });
}

Deno.test("RedisDecoder answers AUTH without a user as a server without a password", () => {
  assert(send("AUTH", "x").startsWith("-ERR AUTH <password> called without any password"));
});

Deno.test("RedisDecoder: RESP3 begins with the reply to HELLO 3, and ends with RESET", () => {
  const missing = multibulk("GET", "9");
  const replies = sendTo(
    LINES,
    missing,
    multibulk("HELLO", "3") + missing,
    multibulk("RESET") + missing,
  );
  assert(replies.startsWith("$-1\r\n%7\r\n$6\r\nserver\r\n"), replies);
  assert(replies.endsWith("*0\r\n_\r\n+RESET\r\n$-1\r\n"), replies);
});

Deno.test("RedisDecoder: HELLO with SETNAME names the connection", () => {
  const replies = sendTo(
    LINES,
    multibulk("HELLO", "2", "SETNAME", "me") + multibulk("CLIENT", "GETNAME"),
  );
  assert(replies.endsWith("*0\r\n$2\r\nme\r\n"), replies);
});

Deno.test("RedisDecoder: a file without lines has no keys", () => {
  assertEquals(sendTo([], multibulk("TYPE", "lines")), "+none\r\n");
  assertEquals(sendTo([], multibulk("LRANGE", "lines", "0", "-1")), "*0\r\n");
  assertEquals(sendTo([], multibulk("GET", "lines")), "$-1\r\n");
  assertEquals(sendTo([], multibulk("RANDOMKEY")), "$-1\r\n");
  assertEquals(sendTo([], multibulk("SCAN", "0")), "*2\r\n$1\r\n0\r\n*0\r\n");
});

Deno.test("RedisDecoder: INFO describes the file, with control characters replaced", () => {
  const open = () => redisProtocolOf(LINES, { fileName: "a\r\nb" }).open();
  const reply = converse(LINES, [latin1(multibulk("INFO", "linesvr"))], open());
  const text = "# linesvr\r\nlinesvr_version:1.2.3\r\nfile:a??b\r\nlines:5\r\nbytes:1017\r\n" +
    "files:1\r\n";
  assertEquals(reply, `$${text.length}\r\n${text}\r\n`);
});

Deno.test("RedisDecoder: SHUTDOWN is refused after an unknown command or a wrong number of arguments", () => {
  assertEquals(send("SHUTDOWN"), "<shutdown>");
  const refused = "-ERR SHUTDOWN is not permitted on this connection.\r\n";
  for (const invalid of [multibulk("FOO"), multibulk("GET")]) {
    assert(sendTo(LINES, invalid + multibulk("SHUTDOWN")).endsWith(refused));
  }
  assert(sendTo(LINES, multibulk("GET", "x") + multibulk("SHUTDOWN")).endsWith("<shutdown>"));
});

/** Breaches of the protocol, which are answered and end the connection. */
const BREACHES: readonly (readonly [sent: string, message: string])[] = [
  ["*a\r\n", "invalid multibulk length"],
  [`*${ARGUMENTS_MAX + 1}\r\n`, "invalid multibulk length"],
  [`*${"1".repeat(40)}`, "too big mbulk count string"],
  ["*1\r\nGET\r\n", "expected '$', got 'G'"],
  ["*1\r\n$-1\r\n", "invalid bulk length"],
  ["*1\r\n$x\r\n", "invalid bulk length"],
  [`*1\r\n$${ARGUMENT_MAX_BYTES + 1}\r\n`, "invalid bulk length"],
  [`*1\r\n$${"1".repeat(40)}`, "too big bulk count string"],
  ["x".repeat(INLINE_MAX_BYTES + 1), "too big inline request"],
  ['ECHO "a\r\n', "unbalanced quotes in request"],
  ["ECHO 'a'b\r\n", "unbalanced quotes in request"],
  [
    `*65536\r\n${`$${ARGUMENT_MAX_BYTES}\r\n${"x".repeat(ARGUMENT_MAX_BYTES)}\r\n`.repeat(17)}`,
    "too big command",
  ],
];

for (const [sent, message] of BREACHES) {
  Deno.test(`RedisDecoder closes after ${JSON.stringify(sent.slice(0, 20))}: ${message}`, () => {
    const reply = `-ERR Protocol error: ${message}\r\n<close>`;
    assertEquals(sendTo(LINES, sent + multibulk("PING")), reply);
  });
}

Deno.test("RedisDecoder accepts commands at the limits", () => {
  const word = "x".repeat(ARGUMENT_MAX_BYTES);
  assertEquals(send("ECHO", word), `$${word.length}\r\n${word}\r\n`);
  const keys = Array<string>(50_000).fill("000000000001");
  assertEquals(send("MGET", ...keys), `*50000\r\n${"$3\r\none\r\n".repeat(50_000)}`);
  const inline = "x".repeat(INLINE_MAX_BYTES - "ECHO \r".length);
  assertEquals(sendTo(LINES, `ECHO ${inline}\r\n`), `$${inline.length}\r\n${inline}\r\n`);
});

Deno.test("RedisDecoder reads a long command in small chunks", () => {
  const command = multibulk("MGET", ...Array<string>(40_000).fill("000000000009"));
  assert(command.length < COMMAND_MAX_BYTES);
  const places = Array.from({ length: 20_000 }, (_, i) => i * 38);
  assertEquals(converse(LINES, cut(latin1(command), places)).length, 8 + 5 * 40_000);
});

const HELLO_REPLY = sendTo(LINES, multibulk("HELLO", "3"));

/** What a naive reader, which has everything at once, answers. */
function naiveReplies(commands: readonly (readonly string[])[]): string {
  let version = 2;
  const bulk = (text: string | undefined) => {
    if (text !== undefined) return `$${text.length}\r\n${text}\r\n`;
    return version === 3 ? "_\r\n" : "$-1\r\n";
  };
  const at = (key: string) => /^[0-9]+$/.test(key) ? LINES[Number(key) - 1] : undefined;
  return commands.map(([name, ...words]) => {
    switch (name) {
      case "GET":
        return bulk(at(words[0]!));
      case "MGET":
        return `*${words.length}\r\n${words.map((key) => bulk(at(key))).join("")}`;
      case "STRLEN":
        return `:${at(words[0]!)?.length ?? 0}\r\n`;
      case "LINDEX":
        return bulk(LINES.at(Number(words[1])));
      case "LRANGE": {
        const [from, to] = [Number(words[1]), Number(words[2])];
        const lines = LINES.slice(from, to === -1 ? undefined : to + 1);
        return `*${lines.length}\r\n${lines.map(bulk).join("")}`;
      }
      case "ECHO":
        return bulk(words[0]);
      case "HELLO":
        version = 3;
        return HELLO_REPLY;
      case "RESET":
        version = 2;
        return "+RESET\r\n";
      default:
        throw new Error(`Not in the model: ${name}`);
    }
  }).join("");
}

Deno.test("RedisDecoder answers random commands, however sent, as a naive model", () => {
  const key = fc.oneof(fc.nat({ max: 7 }).map(String), fc.constantFrom("01", "", "x", "-1"));
  const index = fc.integer({ min: -7, max: 7 }).map(String);
  const any = fc.uint8Array({ maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes));
  const command = fc.oneof(
    fc.tuple(fc.constant("GET"), key),
    fc.array(key, { minLength: 1, maxLength: 5 }).map((keys) => ["MGET", ...keys]),
    fc.tuple(fc.constant("STRLEN"), key),
    fc.tuple(fc.constant("LINDEX"), fc.constant("lines"), index),
    fc.tuple(fc.constant("LRANGE"), fc.constant("lines"), index, index),
    fc.tuple(fc.constant("ECHO"), any),
    fc.constantFrom(["RESET"], ["HELLO", "3"]),
  );
  const sentAs = fc.constantFrom(multibulk, inline);
  const conversation = fc.array(fc.tuple(command, sentAs), { maxLength: 20 });
  const places = fc.array(fc.nat({ max: 2_000 }), { maxLength: 8 });
  fc.assert(fc.property(conversation, places, (conversation, places) => {
    const sent = conversation.map(([words, encode]) => encode(...words)).join("");
    const replies = converse(LINES, cut(latin1(sent), places));
    assertEquals(replies, naiveReplies(conversation.map(([words]) => words)));
  }));
});

/** An inline command, each word in double quotes. */
function inline(...words: readonly string[]): string {
  const escape = (character: string) =>
    `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return words.map((word) => `"${word.replace(/[^a-z0-9-]/gi, escape)}"`).join(" ") + "\r\n";
}
