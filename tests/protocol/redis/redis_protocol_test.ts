import { assertEquals } from "@std/assert";
import { latin1 } from "../../support/e2e_bytes.ts";
import { type Conversation, testProtocol } from "../../support/protocol_contract.ts";
import { multibulk, redisProtocolOf } from "../../support/redis_conversation.ts";

const LINES = ["one", "two", "three", "four", "five"];

const PROTOCOL = redisProtocolOf(LINES);

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

const CONVERSATIONS: readonly Conversation[] = [
  { sent: multibulk("GET", "5"), asked: [5] },
  { sent: multibulk("get", "000000000002") + multibulk("gEt", "9"), asked: [2, 9] },
  { sent: multibulk("GET", "x"), asked: [0] },
  { sent: multibulk("GET", "lines"), asked: [{ reply: WRONG_TYPE }] },
  { sent: multibulk("MGET", "1", "x", "7"), asked: [{ reply: "*3\r\n" }, 1, 0, 7] },
  { sent: multibulk("LRANGE", "lines", "0", "-1"), asked: [{ range: [1, 5] }] },
  { sent: multibulk("LRANGE", "lines", "-2", "99"), asked: [{ range: [4, 5] }] },
  { sent: multibulk("LRANGE", "lines", "3", "2"), asked: [{ reply: "*0\r\n" }] },
  { sent: multibulk("LINDEX", "lines", "-1"), asked: [5] },
  { sent: "PING\r\nping hello\n", asked: [{ reply: "+PONG\r\n" }, { reply: "$5\r\nhello\r\n" }] },
  { sent: `${multibulk("QUIT")}PING\r\n`, asked: [{ reply: "+OK\r\n" }, "close"] },
  { sent: multibulk("SHUTDOWN", "NOSAVE"), asked: ["shutdown"] },
  {
    sent: `*x\r\n${multibulk("GET", "1")}`,
    asked: [{ reply: "-ERR Protocol error: invalid multibulk length\r\n" }, "close"],
  },
  { sent: "*0\r\n*-1\r\n\r\n  \r\nPING\r\n", asked: [{ reply: "+PONG\r\n" }] },
  { sent: "*2\r\n$3\r\nGET\r\n$1\r\n5", asked: [] },
  { sent: "PING", asked: [] },
];

testProtocol("redisProtocol()", PROTOCOL, {
  conversations: CONVERSATIONS,
  parts: [
    multibulk("GET", "3"),
    multibulk("MGET", "1", "2", "lines"),
    multibulk("RESET"),
    multibulk("GETRANGE", "1", "0", "-2"),
    multibulk("FOO", "a"),
    "GET 4\r\n",
    'ECHO "a\\x41"\r\n',
    "ECHO 'a\r\n",
    "*1\r\n",
    "$",
    "4",
    "\r\n",
    "PING",
    " ",
    "*",
    "GET",
  ],
  heads: {
    yes: ["*", "PING\r", "hello 3", "dbsize\n", "Lrange\t", "set 1", "info\r\n"],
    no: [
      "GET ",
      "mget 1",
      "RANGE 1",
      "COUNT\n",
      "QUIT\r",
      "SHUTDOWN\n",
      "\n",
      " PING ",
      "POST ",
      "HEAD / HTTP/1.1",
      "OPTIONS ",
      "MOVE /",
      "UNLINK /",
      "PRI * HTTP/2.0",
      "\x16\x03\x01\r",
      "\0 ",
      "foo\r",
      "a word that is too long".replaceAll(" ", ""),
    ],
  },
  replies: {
    lineRequest: multibulk("GET", "1"),
    rangeRequest: multibulk("LRANGE", "lines", "0", "1"),
    line: "$6\r\nan\r\0\xff!\r\n",
    content: "an\r\0\xff!",
    missing: "$-1\r\n",
    error: "-ERR File changed: a?b.txt (é).\r\n".replace("é", "\xc3\xa9"),
    errorMessage: "File changed: a\nb.txt (é).",
    range: "*2\r\n$6\r\nan\r\0\xff!\r\n$6\r\nan\r\0\xff!\r\n",
  },
});

Deno.test("redisProtocol(): Protocol.detect() needs the whole first word of an inline command", () => {
  for (const head of ["", "P", "PING", "GET", "flushall"]) {
    assertEquals(PROTOCOL.detect(latin1(head)), "need more", head);
  }
});
