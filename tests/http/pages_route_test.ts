import { assert, assertEquals, assertRejects } from "@std/assert";
import { LINES_PER_HTTP_PAGE, PAGE_LINE_MAX_BYTES } from "../../src/http/body/page_body.ts";
import { asText } from "../support/e2e_bytes.ts";
import { EventLoopProbe } from "../support/event_loop.ts";
import type { FakeLine } from "../support/fake_lines.ts";
import { FINGERPRINT, HttpRoom } from "../support/http_room.ts";

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}`);
}

const page = (k: number | string) => `/pages/${FINGERPRINT}/${k}`;

Deno.test("GET /pages/FINGERPRINT/K returns its lines, immutable", async () => {
  const lines = numbered(2 * LINES_PER_HTTP_PAGE + 3);
  const room = new HttpRoom(lines);
  for (const k of [0, 1, 2]) {
    const { status, headers, body } = await room.get(page(k));
    const expected = lines.slice(k * LINES_PER_HTTP_PAGE, (k + 1) * LINES_PER_HTTP_PAGE);
    assertEquals([status, body], [200, expected.map((line) => `${line}\n`).join("")]);
    assertEquals(headers.get("Cache-Control"), "public, max-age=31536000, immutable");
    assertEquals(headers.get("Content-Type"), "text/plain; charset=utf-8");
    assertEquals(headers.get("Linesvr-Cut-Lines"), null);
    assertEquals(headers.get("ETag"), `"${FINGERPRINT.slice(0, 32)}"`);
  }
});

Deno.test("GET /pages/FINGERPRINT/K of another file, or after the last page, is 404", async () => {
  const room = new HttpRoom(numbered(LINES_PER_HTTP_PAGE));
  const other = "f".repeat(64);
  for (const path of [page(1), page(99999999999999), `/pages/${other}/0`, `/pages/x/0`]) {
    assertEquals((await room.get(path)).status, 404, path);
  }
  for (const wrong of ["-1", "00", "1e0", "x", "-0", "0.0"]) {
    assertEquals((await room.get(page(wrong))).status, 400, wrong);
  }
  assertEquals((await new HttpRoom([]).get(page(0))).status, 404);
});

Deno.test("GET /pages/FINGERPRINT/K cuts long lines, and lists them", async () => {
  const longest = "a".repeat(PAGE_LINE_MAX_BYTES);
  const lines: FakeLine[] = [
    "short",
    { chunks: [`${longest}b`] },
    { chunks: [longest] },
    { chunks: [`${longest}`, "c".repeat(100_000)] },
    "",
  ];
  const { headers, body } = await new HttpRoom(lines).get(page(0));
  assertEquals(body, `short\n${longest}\n${longest}\n${longest}\n\n`);
  assertEquals(headers.get("Linesvr-Cut-Lines"), "2 4");
});

Deno.test("GET /pages/FINGERPRINT/K streams a large page, and lists the lines that are cut before", async () => {
  const line = "d".repeat(60_000);
  const lines: FakeLine[] = [...Array(40).fill(line), { chunks: ["e".repeat(70_000)] }];
  const response = await new HttpRoom(lines).fetch(page(0));
  assertEquals(response.headers.get("Linesvr-Cut-Lines"), "41");
  const body = asText(new Uint8Array(await response.arrayBuffer()));
  assertEquals(body, `${line}\n`.repeat(40) + "e".repeat(PAGE_LINE_MAX_BYTES) + "\n");
});

Deno.test("GET /pages/FINGERPRINT/K is an error if a line cannot be read", async () => {
  const room = new HttpRoom(["one", new Error("the disk failed")]);
  assertEquals((await room.get(page(0))).status, 500);
  room.change = new Error("File changed: text.txt.");
  assertEquals((await room.get(page(0))).status, 503);
});

Deno.test("GET /pages/FINGERPRINT/K fails in the middle if a long line of a large page fails", async () => {
  const line = "d".repeat(60_000);
  let reads = 0;
  // The page is read twice.
  const bad = {
    get chunks() {
      return reads++ < 2 ? ["e"] : [new Error("the disk failed")];
    },
  };
  const response = await new HttpRoom([...Array(40).fill(line), bad]).fetch(page(0));
  assert(response.ok);
  await assertRejects(() => response.arrayBuffer(), Error, "the disk failed");
});

Deno.test("GET /pages/FINGERPRINT/K of a large page lets the event loop go on while the page is read", async () => {
  const room = new HttpRoom(Array(40).fill("d".repeat(60_000)));
  await using probe = new EventLoopProbe();
  const response = await room.fetch(page(0));
  assert(probe.hadTurn);
  await response.body!.cancel();
});
