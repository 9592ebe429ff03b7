import { assertEquals, assertLess } from "@std/assert";
import { assertSameBytes, asText, concatBytes, latin1 } from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";

/** Lines of all lengths, with LF or CRLF; the last one without a terminator. */
function mixedLines(count: number): { readonly text: Uint8Array; readonly lines: string[] } {
  const lines: string[] = [];
  const parts: string[] = [];
  for (let i = 0, state = 1; i < count; i++) {
    state = (state * 1_103_515_245 + 12_345) >>> 0;
    const length = i % 5_000 === 4_999 ? 300_000 : (state >>> 16) % 90;
    lines.push(`${i + 1}:${"abcdefghij".repeat(length / 10 + 1).slice(0, length)}`);
    parts.push(lines[i]!, state & 1 ? "\r\n" : "\n");
  }
  return { text: latin1(parts.slice(0, -1).join("")), lines };
}

function rangeReply(lines: readonly string[], from: number, to: number): Uint8Array {
  const asked = lines.slice(from - 1, to);
  return latin1(`OK ${asked.length}\n${asked.map((line) => `${line}\n`).join("")}`);
}

sceneTest("RANGE, MGET and COUNT are answered with the lines of the file", async (scene) => {
  const { text, lines } = mixedLines(20_000);
  const server = await scene.serve(await scene.file(text));
  const sent = "COUNT\nRANGE 1 -1\nMGET 7 20000 99999 7 0\nRANGE 4990 5010\nGET 3\nRANGE -2 -1\n" +
    "RANGE 3 2\nRANGE 30000 40000\nMGET x\n";
  const replies = [
    latin1("OK\n20000\n"),
    rangeReply(lines, 1, 20_000),
    latin1(`OK\n${lines[6]}\nOK\n${lines[19_999]}\nERR\nOK\n${lines[6]}\nERR\n`),
    rangeReply(lines, 4_990, 5_010),
    latin1(`OK\n${lines[2]}\n`),
    rangeReply(lines, 19_999, 20_000),
    latin1("OK 0\nOK 0\nINVALID COMMAND!\n"),
  ];
  assertSameBytes(await scene.exchange(server, sent), concatBytes(replies));
});

sceneTest("RANGE sends the right bytes to clients that read at different speeds", async (scene) => {
  const { text, lines } = mixedLines(40_000);
  const server = await scene.serve(await scene.file(text), ["--workers", "1"]);
  const reading = [1, 100, 20_000].map(async (from) => {
    const client = await scene.connect(server);
    await client.send(`RANGE ${from} -1\nQUIT\n`);
    const chunks: Uint8Array[] = [];
    const other = await scene.connect(server);
    for (let chunk = await client.read(); chunk !== null; chunk = await client.read()) {
      chunks.push(chunk);
      // Others are answered meanwhile.
      if (chunks.length % from === 0) {
        assertEquals(await other.ask("GET 1", 2), ["OK", lines[0]!]);
      }
    }
    assertSameBytes(concatBytes(chunks), rangeReply(lines, from, lines.length));
  });
  await Promise.all(reading);
});

sceneTest("an MGET of 64 KiB is answered under backpressure", async (scene) => {
  const { text, lines } = mixedLines(10_000);
  const server = await scene.serve(await scene.file(text));
  const numbers = Array.from({ length: 12_000 }, (_, i) => i * 7_919 % 10_000 + 1);
  const command = `MGET ${numbers.join(" ")}`;
  assertLess(command.length, 64 * 1024 + 1);
  const client = await scene.connect(server);
  await client.send(`${command}\nQUIT\n`);
  const chunks: Uint8Array[] = [];
  for (let chunk = await client.read(); chunk !== null; chunk = await client.read()) {
    chunks.push(chunk);
  }
  const expected = numbers.map((number) => `OK\n${lines[number - 1]}\n`).join("");
  assertSameBytes(concatBytes(chunks), latin1(expected));
});

sceneTest("RANGE of a damaged file is an error, or ends the connection", async (scene) => {
  const line = `${"x".repeat(999)}\n`;
  const path = await scene.file(line.repeat(20_000));
  const local = await scene.listen(path);
  const client = await scene.connect(local);
  await client.send("RANGE 1 -1\n");
  assertEquals(asText(await client.readBytes(9)), "OK 20000\n");
  await Deno.truncate(path, 15_000_000);
  const rest = await client.readAll();
  assertLess(rest.length, 20_000_000);
  assertEquals(asText(rest), line.repeat(20).repeat(1_000).slice(0, rest.length));
  const other = await scene.connect(local);
  const [reply] = await other.ask("RANGE 1 2", 1);
  assertEquals(reply!.slice(0, 27), "Server error: File changed:");
  assertEquals(await other.ask("COUNT", 2), ["OK", "20000"]);
});
