import { assertEquals, assertMatch } from "@std/assert";
import {
  assertSameBytes,
  asText,
  concatBytes,
  getAll,
  latin1,
  naiveLines,
  okReplies,
} from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";

const KIB_64 = 64 * 1024;

interface Edge {
  readonly what: string;
  readonly text: Uint8Array;
  readonly lines: number;
}

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const EDGES: readonly Edge[] = [
  { what: "an empty file", text: latin1(""), lines: 0 },
  { what: "one LF", text: latin1("\n"), lines: 1 },
  { what: "one byte", text: latin1("a"), lines: 1 },
  { what: "one CR", text: latin1("\r"), lines: 1 },
  { what: "one CRLF", text: latin1("\r\n"), lines: 1 },
  { what: "a final LF", text: latin1("one\ntwo\n"), lines: 2 },
  { what: "no final LF", text: latin1("one\ntwo"), lines: 2 },
  { what: "CRLF", text: latin1("one\r\ntwo\r\n"), lines: 2 },
  { what: "CRLF and no final one", text: latin1("one\r\ntwo"), lines: 2 },
  { what: "CR at the end, without LF", text: latin1("one\r\ntwo\r"), lines: 2 },
  { what: "LF and CRLF mixed", text: latin1("one\ntwo\r\nthree\n\r\n"), lines: 4 },
  { what: "lone CRs", text: latin1("a\rb\n\rc\r\r\n\r\r\r\n"), lines: 3 },
  { what: "LF CR", text: latin1("one\n\rtwo\n\r"), lines: 3 },
  { what: "empty lines", text: latin1("\n\n\na\n\n"), lines: 5 },
  { what: "empty CRLF lines", text: latin1("\r\n\r\n\n\r\n"), lines: 4 },
  { what: "NUL bytes", text: latin1("\0\n\0\0a\0\n\0"), lines: 3 },
  { what: "lines that look like replies", text: latin1("OK\nERR\nINVALID COMMAND!\n"), lines: 3 },
  { what: "all 256 byte values", text: everyByte, lines: 2 },
  {
    what: "all 256 byte values, each as a line",
    text: concatBytes([...everyByte].map((byte) => Uint8Array.of(byte, 10))),
    lines: 257,
  },
  {
    what: "lines around 64 KiB, their LF not counted",
    text: latin1([-2, -1, 0, 1, 2].map((more) => "x".repeat(KIB_64 + more) + "\n").join("")),
    lines: 5,
  },
  {
    what: "CRLF lines around 64 KiB",
    text: latin1([-2, -1, 0, 1].map((more) => "y".repeat(KIB_64 + more) + "\r\n").join("")),
    lines: 4,
  },
  {
    what: "lines whose CR or LF is the last byte of 64 KiB, with CRs within",
    text: latin1("z".repeat(KIB_64 - 2) + "\r\n" + "\r".repeat(KIB_64) + "\n" + "\r\n"),
    lines: 3,
  },
  {
    what: "a long last line without a terminator",
    text: latin1("short\n" + "w".repeat(700_001)),
    lines: 2,
  },
  {
    what: "a long last line that ends with CR",
    text: latin1("v".repeat(300_000) + "\r"),
    lines: 1,
  },
  {
    what: "lines around 256 KiB",
    text: latin1([-1, 0, 1].map((more) => "u".repeat(4 * KIB_64 + more) + "\n").join("")),
    lines: 3,
  },
];

sceneTest("every line of every edge is served as it is in the file", async (scene) => {
  for (const { what, text, lines } of EDGES) {
    assertEquals(naiveLines(text).length, lines, what);
    const path = await scene.file(text, `${what.replaceAll(/\W+/g, "-")}.txt`);
    const { port } = await scene.listen(path);
    const beyond = `GET 0\nGET ${lines + 1}\n`;
    const expected = concatBytes([okReplies(naiveLines(text)), latin1("ERR\nERR\n")]);
    const got = await scene.exchange({ port }, getAll(lines) + beyond);
    assertSameBytes(got, expected, what);
  }
});

sceneTest("every line of every edge is served in pages of three lines", async (scene) => {
  const text = concatBytes(
    EDGES.flatMap((edge) => [edge.text, latin1(edge.text.at(-1) === 10 ? "" : "\n")]),
  );
  const path = await scene.file(text);
  const indexed = await scene.run("index", path, "--lines-per-page", "3");
  assertEquals(indexed.code, 0, indexed.stderr);

  const server = await scene.serve(path);
  assertMatch(server.errors, /^serving [^\n]+\n$/, "the index was used as it was");
  const lines = naiveLines(text);
  const got = await scene.exchange(server, getAll(lines.length));
  assertSameBytes(got, okReplies(lines));

  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
});

sceneTest("every line is served without a cache, in any order", async (scene) => {
  const lines = Array.from({ length: 500 }, (_, i) => latin1(`${i}:`.repeat(1 + i * 7 % 13)));
  const path = await scene.file(concatBytes(lines.flatMap((line) => [line, latin1("\r\n")])));
  const { port } = await scene.listen(path, { cacheBytes: 0, linesPerPage: 4 });
  const order = Array.from({ length: 2_000 }, (_, i) => i * 271 % 500);
  const got = await scene.exchange({ port }, order.map((i) => `GET ${i + 1}\n`).join(""));
  assertSameBytes(got, okReplies(order.map((i) => lines[i]!)));
});

sceneTest("serve of an empty file answers every GET with ERR", async (scene) => {
  const server = await scene.serve(await scene.file(""));
  const got = await scene.exchange(server, "GET 1\nGET 0\nGET -1\nGET x\nGET 2\n");
  assertEquals(asText(got), "ERR\nERR\nERR\nINVALID COMMAND!\nERR\n");
});

sceneTest("--eol crlf ends statuses and lines with CRLF, and changes no line", async (scene) => {
  const text = latin1("one\r\ntwo\nth\rree\r");
  const server = await scene.serve(await scene.file(text), ["--eol", "crlf"]);
  const got = await scene.exchange(server, "GET 1\nGET 2\r\nGET 3\nGET 4\nWHAT\nGET 1\n");
  assertEquals(
    asText(got),
    "OK\r\none\r\nOK\r\ntwo\r\nOK\r\nth\rree\r\r\nERR\r\nINVALID COMMAND!\r\nOK\r\none\r\n",
  );
});

sceneTest("--eol crlf-status ends statuses with CRLF, and lines with LF", async (scene) => {
  const text = latin1(`one\r\n\ntwo\r\r\n${"l".repeat(100_000)}`);
  const server = await scene.serve(await scene.file(text), ["--eol", "crlf-status"]);
  const got = await scene.exchange(server, "GET 1\nGET 2\nGET 3\nGET 4\nGET 5\nWHAT\n");
  assertEquals(
    asText(got),
    `OK\r\none\nOK\r\n\nOK\r\ntwo\r\nOK\r\n${"l".repeat(100_000)}\nERR\r\nINVALID COMMAND!\r\n`,
  );
});

sceneTest("--eol crlf ends a long line with CRLF", async (scene) => {
  const long = latin1("l".repeat(1_000_000));
  const { port } = await scene.listen(await scene.file(long), { eol: "crlf" });
  assertSameBytes(
    await scene.exchange({ port }, "GET 1\nGET 1\n"),
    okReplies([long, long], "\r\n"),
  );
});
