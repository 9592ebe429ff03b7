import { assert, assertEquals, assertRejects } from "@std/assert";
import { BATCH_MAX_LINES } from "../../src/http/batch_numbers.ts";
import { STREAMS_MAX } from "../../src/http/body/streams.ts";
import { TURN_BYTES } from "../../src/lines/read_turns.ts";
import { latin1 } from "../support/e2e_bytes.ts";
import { EventLoopProbe } from "../support/event_loop.ts";
import { detailOf, FINGERPRINT, HttpRoom } from "../support/http_room.ts";
import { isPending } from "../support/pending.ts";
import { FakeLines } from "../support/fake_lines.ts";

const NUMBERED = Array.from({ length: 200 }, (_, i) => `line ${i + 1}`);
const X = "x".repeat(70_000);

Deno.test("GET /lines/N returns exactly the bytes of the line, whatever they are", async () => {
  const lines = ["one", "", "<script>", "a\0b\rc", "\xff\xfe\xe4", "\xef\xbb\xbfbom"];
  const room = new HttpRoom(lines);
  for (const [i, line] of lines.entries()) {
    const { status, headers, body } = await room.get(`/lines/${i + 1}`);
    assertEquals([status, body], [200, line]);
    assertEquals(headers.get("Content-Type"), "text/plain; charset=utf-8");
    assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
    assertEquals(headers.get("Cache-Control"), "no-cache");
    assertEquals(headers.get("ETag"), `"${FINGERPRINT.slice(0, 32)}"`);
  }
});

Deno.test("GET /lines/N waits for a line that is not in memory", async () => {
  const lines = new FakeLines(["one", "two"]).hold(2);
  const room = new HttpRoom(lines);
  const answer = room.get("/lines/2");
  assertEquals((await room.get("/lines/1")).body, "one");
  lines.release(2);
  assertEquals((await answer).body, "two");
});

Deno.test("GET /lines/N streams a long line with its length", async () => {
  const room = new HttpRoom([{ chunks: [X, "", "y"] }]);
  const { headers, body } = await room.get("/lines/1");
  assertEquals(body, `${X}y`);
  assertEquals(headers.get("Content-Length"), "70001");
});

Deno.test("GET /lines/N fails in the middle if a long line fails in the middle", async () => {
  const room = new HttpRoom([{ chunks: [X, new Error("the disk failed")] }]);
  const response = await room.fetch("/lines/1");
  assertEquals(response.status, 200);
  await assertRejects(() => response.arrayBuffer(), Error, "the disk failed");
});

Deno.test("GET /lines/A-B fails in the middle if a line of it cannot be read", async () => {
  const big = "y".repeat(10_000);
  const lines = [...Array(20).fill(big), new Error("the disk failed")];
  const response = await new HttpRoom(lines).fetch("/lines/1-21");
  assertEquals(response.status, 200);
  await assertRejects(() => response.arrayBuffer(), Error, "the disk failed");
});

Deno.test("GET /lines/N of a line that cannot be read is 500, and 503 if the file has changed", async () => {
  const room = new HttpRoom([new Error("the disk failed"), "two"]);
  for (const path of ["/lines/1", "/lines/1-2", "/lines?n=2,1", "/lines/1?format=json"]) {
    room.change = undefined;
    const failed = await room.get(path);
    assertEquals([failed.status, detailOf(failed)], [500, "the disk failed"]);
    room.change = new Error("File changed: text.txt.");
    const changed = await room.get(path);
    assertEquals([changed.status, detailOf(changed)], [503, "File changed: text.txt."]);
    assertEquals(changed.headers.get("Content-Type"), "application/problem+json");
    assertEquals(changed.headers.get("Cache-Control"), "no-store");
  }
  assertEquals(room.messages[0], "Cannot answer a request (the disk failed).");
});

Deno.test("GET /lines/SELECTOR returns the lines of the range, each followed by LF", async () => {
  const room = new HttpRoom(NUMBERED);
  const all = (from: number, to: number) =>
    NUMBERED.slice(from - 1, to).map((line) => `${line}\n`).join("");
  for (
    const [selector, from, to] of [
      ["1-1", 1, 1],
      ["5-7", 5, 7],
      ["0-2", 1, 2],
      ["199-", 199, 200],
      ["-50-", 151, 200],
      ["-3--2", 198, 199],
      ["198--2", 198, 199],
      ["-1000-2", 1, 2],
      ["150-99999999999999999999", 150, 200],
    ] as const
  ) {
    const { status, headers, body } = await room.get(`/lines/${selector}`);
    assertEquals([status, body], [200, all(from, to)], selector);
    assertEquals(headers.get("ETag"), `"${FINGERPRINT.slice(0, 32)}"`);
  }
});

Deno.test("GET /lines/SELECTOR without such a line is 404, and what is no selector is 400", async () => {
  const room = new HttpRoom(NUMBERED);
  for (const missing of ["0", "201", "99999999999999999999", "201-", "7-6", "300-400", "-1--2"]) {
    assertEquals((await room.get(`/lines/${missing}`)).status, 404, missing);
  }
  const wrong = [
    ...["-50", "-", "1e3", "0x5", "-0", "-0-", "1--0", "+5", "5.0", "5,6", "1-2-3", "--5", "5%00"],
    ...["%20", "٥", "%D9%A5", "5;6", "NaN", "Infinity"],
  ];
  for (const word of wrong) {
    const answer = await room.get(`/lines/${word}`);
    assertEquals(answer.status, 400, word);
    assert(detailOf(answer).endsWith("."));
  }
});

Deno.test("/lines/-50 names what the client may have meant", async () => {
  const answer = await new HttpRoom(NUMBERED).get("/lines/-50");
  assert(detailOf(answer).includes("/lines/-50-"));
});

Deno.test("GET /lines?n= and POST /lines return the lines in the order of the numbers", async () => {
  const room = new HttpRoom(NUMBERED);
  const post = (body: string) => room.get("/lines", { method: "POST", body });
  const expected = "line 9\nline 5\nline 9\n";
  assertEquals((await room.get("/lines?n=9,5,9")).body, expected);
  assertEquals((await room.get("/lines?n=9&n=5&n=9")).body, expected);
  for (const body of ["[9,5,9]", " [9, 5,\n9]\n", "9\n5\n9\n", "9 5\r\n9", "9,5,9"]) {
    const { status, body: answer, headers } = await post(body);
    assertEquals([status, answer], [200, expected], body);
    assertEquals([headers.get("ETag"), headers.get("Cache-Control")], [null, "no-store"]);
  }
});

Deno.test("POST /lines refuses what is no list of line numbers", async () => {
  const room = new HttpRoom(NUMBERED);
  const bodies = [
    "",
    " ",
    "[]",
    "[1",
    '["1"]',
    "[1.5]",
    "[null]",
    "[[1]]",
    "1e3",
    "0x5",
    "one",
    "{}",
  ];
  for (const body of bodies) {
    assertEquals((await room.get("/lines", { method: "POST", body })).status, 400, body);
  }
  assertEquals((await room.get("/lines", { method: "POST", body: "[1,201]" })).status, 404);
  assertEquals((await room.get("/lines")).status, 400);
  assertEquals((await room.get("/lines?n=")).status, 400);
});

Deno.test("GET /lines/N as JSON lets the event loop go on while it looks whether a long line is UTF-8", async () => {
  const room = new HttpRoom([{ chunks: Array(16).fill("x".repeat(TURN_BYTES / 16)) }]);
  await using probe = new EventLoopProbe();
  const response = await room.fetch("/lines/1?format=json");
  assert(probe.hadTurn);
  await response.body!.cancel();
});

Deno.test("a large answer waits for its next turn after each part that its client has taken", async () => {
  const lines = [X, X, { chunks: [X, X] }];
  for (const path of ["/lines/1-2", "/lines/1-2?format=json", "/lines?n=1,2", "/lines/3"]) {
    const turn = Promise.withResolvers<void>();
    const served = new Set<unknown>();
    const turns = {
      noteServed: (client: unknown) => void served.add(client),
      next: () => turn.promise,
    };
    const { body } = await new HttpRoom(lines, { turns }).fetch(path);
    const reader = body!.getReader();
    await reader.read();
    const second = reader.read();
    assert(await isPending(second), path);
    // The answer itself, and its request.
    assertEquals(served.size, 2, path);
    turn.resolve();
    assert(!(await second).done, path);
    await reader.cancel();
  }
});

Deno.test("POST /lines is 400, and logs nothing, if its body ends early", async () => {
  const room = new HttpRoom(["one"]);
  const body = new ReadableStream({
    pull: (controller) => controller.error(new Error("the connection was closed")),
  });
  assertEquals((await room.get("/lines", { method: "POST", body })).status, 400);
  assertEquals(room.messages, []);
});

Deno.test("a batch over a limit is 413", async () => {
  const room = new HttpRoom(NUMBERED);
  const most = Array(BATCH_MAX_LINES).fill(1).join("\n");
  assertEquals((await room.get("/lines", { method: "POST", body: most })).status, 200);
  for (const body of [`${most}\n1`, " ".repeat(256 * 1024 + 1)]) {
    assertEquals((await room.get("/lines", { method: "POST", body })).status, 413);
  }
});

Deno.test("format and Accept choose JSON, with the bytes of what is not UTF-8 in Base64", async () => {
  const utf8 = 'caf\xc3\xa9 "\\\x01';
  const room = new HttpRoom(["one", utf8, "\xff\xfe", "\xef\xbb\xbfbom", ""]);
  const objects = [
    { line: 1, text: "one" },
    { line: 2, text: 'café "\\\x01' },
    { line: 3, bytes: "//4=" },
    { line: 4, text: "\ufeffbom" },
    { line: 5, text: "" },
  ];
  const ndjson = { headers: { Accept: "application/x-ndjson, text/plain" } };
  const parse = ({ body }: { body: string }) =>
    JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(latin1(body)));
  for (const [i, object] of objects.entries()) {
    assertEquals(parse(await room.get(`/lines/${i + 1}?format=json`)), object);
    const answer = await room.get(`/lines/${i + 1}`, ndjson);
    assertEquals(parse(answer), object);
    assertEquals(answer.headers.get("Content-Type"), "application/x-ndjson");
  }
  assertEquals(parse(await room.get("/lines/1-5?format=json")), objects);
  assertEquals(parse(await room.get("/lines?n=2,1&format=json")), [objects[1], objects[0]]);
  const { body } = await room.get("/lines/-2-?format=ndjson");
  assertEquals(body.trimEnd().split("\n").map((text) => parse({ body: text })), objects.slice(3));
  assertEquals((await room.get("/lines/1?format=xml")).status, 400);
  assertEquals((await room.get("/lines/1", { headers: { Accept: "image/png" } })).body, "one");
});

Deno.test("a long line in JSON is text if all of it is UTF-8, otherwise Base64", async () => {
  // The character ö is split between two chunks.
  const text = { chunks: [`${X}\xc3`, '\xb6"\n'.replace("\n", "")] };
  const bytes = { chunks: [X, "\xff"] };
  const cut = { chunks: [X, "\xc3"] };
  const room = new HttpRoom([text, bytes, cut, "end"]);
  const { body } = await room.get("/lines/1-4?format=json");
  const objects = JSON.parse(new TextDecoder().decode(latin1(body)));
  assertEquals(objects.map(({ line }: { line: number }) => line), [1, 2, 3, 4]);
  assertEquals(objects[0].text, `${X}ö"`);
  assertEquals(atob(objects[1].bytes), `${X}\xff`);
  assertEquals(atob(objects[2].bytes), `${X}\xc3`);
  assertEquals(objects[3].text, "end");
});

Deno.test("If-None-Match with the ETag is 304, as long as the file is the same", async () => {
  const room = new HttpRoom(NUMBERED);
  for (const path of ["/lines/5", "/lines/5-9", "/lines?n=3,4", "/lines/5?format=json"]) {
    room.change = undefined;
    const etag = (await room.get(path)).headers.get("ETag")!;
    const again = (tags: string) => room.get(path, { headers: { "If-None-Match": tags } });
    const known = await again(etag);
    assertEquals([known.status, known.body, known.headers.get("ETag")], [304, "", etag]);
    assertEquals((await again(`"other", W/${etag}`)).status, 304);
    assertEquals((await again(`"other"`)).status, 200);
    room.change = new Error("File changed: text.txt.");
    assertEquals((await again(etag)).status, 503);
  }
  const tags: (string | null)[] = [];
  for (const format of ["text", "ndjson", "json"]) {
    tags.push((await new HttpRoom(NUMBERED).get(`/lines/6?format=${format}`)).headers.get("ETag"));
  }
  assertEquals(new Set(tags).size, 3);
});

Deno.test("a large answer is compressed if the client accepts gzip, with an ETag of its own", async () => {
  const room = new HttpRoom([..."ab"].map((letter) => letter.repeat(20_000)));
  const plain = await room.get("/lines/1-2");
  for (const encodings of ["gzip", "br, GZIP;q=0.5", "*"]) {
    const response = await room.fetch("/lines/1-2", { headers: { "Accept-Encoding": encodings } });
    assertEquals(response.headers.get("Content-Encoding"), "gzip");
    assertEquals(response.headers.get("ETag"), `"${FINGERPRINT.slice(0, 32)}-gzip"`);
    const text = await new Response(response.body!.pipeThrough(new DecompressionStream("gzip")))
      .text();
    assertEquals(text, plain.body);
  }
  for (const encodings of ["br", "gzip;q=0", "identity"]) {
    const response = await room.get("/lines/1-2", { headers: { "Accept-Encoding": encodings } });
    assertEquals([response.headers.get("Content-Encoding"), response.body], [null, plain.body]);
  }
  const known = { "If-None-Match": `"${FINGERPRINT.slice(0, 32)}-gzip"` };
  assertEquals((await room.get("/lines/1-2", { headers: known })).status, 304);
});

Deno.test("a compressed body fails if a line of it cannot be read", async () => {
  const lines = [...Array(20).fill("y".repeat(10_000)), new Error("the disk failed")];
  const response = await new HttpRoom(lines).fetch("/lines/1-21", {
    headers: { "Accept-Encoding": "gzip" },
  });
  assertEquals(response.headers.get("Content-Encoding"), "gzip");
  await assertRejects(() => response.arrayBuffer());
});

Deno.test("a range is read no further than its client has taken it", async () => {
  const lines = new FakeLines(Array(100).fill("z".repeat(100_000)));
  const response = await new HttpRoom(lines).fetch("/lines/1-100");
  const reader = response.body!.getReader();
  await reader.read();
  for (let i = 0; i < 100; i++) await Promise.resolve();
  assert(lines.delivered < 10, `${lines.delivered} lines were read`);
  await reader.cancel();
  for (let i = 0; i < 100; i++) await Promise.resolve();
  assert(lines.delivered < 10, `${lines.delivered} lines were read`);
});

Deno.test("more large answers at a time than STREAMS_MAX are 503, short ones are not", async () => {
  const big = "z".repeat(100_000);
  const room = new HttpRoom([big, big, { chunks: [big] }, "short"]);
  const open: Response[] = [];
  for (let i = 0; i < STREAMS_MAX; i++) {
    open.push(await room.fetch(i % 2 === 0 ? "/lines/1-2" : "/lines/3"));
  }
  for (const path of ["/lines/1-2", "/lines/3"]) {
    const { status, headers } = await room.get(path);
    assertEquals([status, headers.get("Retry-After")], [503, "5"]);
  }
  assertEquals((await room.get("/lines/4")).body, "short");
  await open[0]!.body!.cancel();
  await open[1]!.arrayBuffer();
  for (const path of ["/lines/1-2", "/lines/3"]) {
    assertEquals((await room.get(path)).status, 200);
  }
  for (const response of open.slice(2)) await response.body!.cancel();
});
