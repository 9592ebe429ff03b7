import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ClientClosedError, LineTooLongError, ServerError } from "../../src/client/errors.ts";
import { LineClient } from "../../src/client/line_client.ts";
import { asText, concatBytes, latin1, naiveLines, numberedLines } from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";

const TEXT = "first\nsecond\nthird\n";

/** Lines that look like parts of the protocol, and lines that end with CR. */
const ODD_TEXT = "OK 2\n\nERR\r\nCR\r\r\n\r\r\nServer error: no\n\0\xff\xfe\nwithout end\r";

/** The lines from a to b as the protocol defines them. */
function naiveRange<T>(lines: readonly T[], a: number, b: number): T[] {
  const [from, to] = [a, b].map((n) => n < 0 ? lines.length + 1 + n : n) as [number, number];
  return lines.slice(Math.max(from, 1) - 1, Math.max(to, 0));
}

sceneTest("LineClient.getMany returns lines in the order of their numbers", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port });
  assertEquals(await client.getMany([3, 1, 4, 3]), [
    latin1("third"),
    latin1("first"),
    undefined,
    latin1("third"),
  ]);
  assertEquals(await client.getMany(new Set([2])), [latin1("second")]);
  assertEquals(await client.getMany([]), []);
  assertEquals(await client.getManyText([2, 9]), ["second", undefined]);
});

sceneTest("LineClient.getMany accepts more numbers than one MGET can have", async (scene) => {
  const lineCount = 40_000;
  const text = latin1(numberedLines(lineCount));
  const { port } = await scene.listen(await scene.file(text));
  await using client = await LineClient.connect({ port, pipelineMax: 2 });
  const lines = naiveLines(text);
  const numbers = lines.map((_, i) => lineCount - i);
  const got = await client.getMany(numbers);
  assertEquals(got.map((line) => asText(line!)), lines.map(asText).reverse());
});

sceneTest(
  "LineClient.getMany rejects before it sends anything if a number is wrong",
  async (scene) => {
    const { port } = await scene.listen(await scene.file(TEXT));
    await using client = await LineClient.connect({ port });
    for (const wrong of [0, -1, 1.5, NaN, 2 ** 53]) {
      await assertRejects(() => client.getMany([1, wrong]), RangeError, String(wrong));
    }
  },
);

sceneTest("LineClient.getMany rejects with the first line over lineMaxBytes", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port, lineMaxBytes: 5 });
  await assertRejects(() => client.getMany([1, 2, 3]), LineTooLongError, "5 bytes");
  assertEquals(await client.getManyText([1, 3]), ["first", "third"]);
});

for (const eol of ["lf", "crlf", "crlf-status"] as const) {
  sceneTest(`LineClient gets the same lines in every way from an ${eol} server`, async (scene) => {
    const { port } = await scene.listen(await scene.file(ODD_TEXT), { eol });
    const lines = naiveLines(latin1(ODD_TEXT)).map((line) => new Uint8Array(line));
    const options = eol === "crlf-status" ? { eol } : {};
    await using client = await LineClient.connect({ port, ...options });
    assertEquals(await client.count(), lines.length);
    assertEquals(await client.get(4), lines[3]);
    assertEquals(await client.getMany(lines.map((_, i) => i + 1)), lines);
    assertEquals(await Array.fromAsync(client.range(1, -1)), lines);
    const bytes = concatBytes(await Array.fromAsync(client.rangeBytes(1, -1)));
    const end = eol === "crlf" ? "\r\n" : "\n";
    assertEquals(asText(bytes), lines.map((line) => asText(line) + end).join(""));
  });
}

sceneTest("LineClient.range and getMany agree with a plain array", async (scene) => {
  const text = latin1(numberedLines(300));
  const lines = naiveLines(text);
  const { port } = await scene.listen(await scene.file(text), { linesPerPage: 7 });
  await using client = await LineClient.connect({ port });
  const end = fc.integer({ min: -310, max: 310 });
  const numbers = fc.array(fc.integer({ min: 1, max: 310 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(end, end, numbers, async (from, to, many) => {
      const [range, got] = await Promise.all([
        Array.fromAsync(client.range(from, to)),
        client.getMany(many),
      ]);
      assertEquals(range, naiveRange(lines, from, to));
      assertEquals(got, many.map((n) => lines[n - 1]));
    }),
    { numRuns: 50 },
  );
});

sceneTest("LineClient.range yields lines that span many chunks", async (scene) => {
  const long = "0123456789".repeat(30_000);
  const { port } = await scene.listen(await scene.file(`a\n${long}\nb\n${long}`));
  await using client = await LineClient.connect({ port, lineMaxBytes: long.length });
  assertEquals(await Array.fromAsync(client.rangeText(1, -1)), ["a", long, "b", long]);

  await using strict = await LineClient.connect({ port, lineMaxBytes: long.length - 1 });
  const lines = strict.rangeText(1, -1);
  assertEquals((await lines.next()).value, "a");
  await assertRejects(() => lines.next(), LineTooLongError, "299999");
});

sceneTest("LineClient.range rejects numbers that are not integers", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port });
  for (const wrong of [1.5, NaN, Infinity, 2 ** 53]) {
    await assertRejects(() => client.range(1, wrong).next(), RangeError, String(wrong));
  }
});

sceneTest(
  "LineClient.get works while a range is being consumed, and after it is left",
  async (scene) => {
    const text = numberedLines(100_000);
    const { port } = await scene.listen(await scene.file(text));
    await using client = await LineClient.connect({ port });
    const expected = naiveLines(latin1(text)).slice(0, 3);
    const got: unknown[] = [];
    for await (const line of client.range(1, -1)) {
      got.push(line);
      assertEquals(await client.get(got.length), line);
      if (got.length === 3) break;
    }
    assertEquals(got, expected);
    assertEquals(await client.get(1), expected[0]);
  },
);

sceneTest(
  "LineClient.range, getMany and count reject with the server's error message",
  async (scene) => {
    const path = await scene.file(TEXT);
    const { port } = await scene.listen(path);
    await Deno.writeTextFile(path, "another text\n");
    await using client = await LineClient.connect({ port });
    await assertRejects(() => client.range(1, 2).next(), ServerError, "Server error: ");
    await assertRejects(() => client.getMany([1, 2]), ServerError, "Server error: ");
    await assertRejects(() => client.rangeBytes(1, 2).getReader().read(), ServerError);
  },
);

sceneTest(
  "LineClient rejects aborted batches and ranges with the reason of the signal",
  async (scene) => {
    const { port } = await scene.listen(await scene.file(numberedLines(100_000)));
    await using client = await LineClient.connect({ port });
    const abort = new AbortController();
    const { signal } = abort;
    const lines = client.range(1, -1, { signal });
    await lines.next();
    const bytes = client.rangeBytes(1, -1, { signal }).getReader();
    await bytes.read();
    const many = client.getMany([1, 2], { signal });
    abort.abort(new Error("enough"));
    for (const pending of [many, bytes.read(), Array.fromAsync(lines), client.count({ signal })]) {
      await assertRejects(() => pending, Error, "enough");
    }
    await assertRejects(() => client.range(1, 2, { signal }).next(), Error, "enough");
    assertEquals(await client.count(), 100_000);
  },
);

sceneTest("LineClient.close rejects open and later ranges", async (scene) => {
  const { port } = await scene.listen(await scene.file(numberedLines(100_000)));
  const client = await LineClient.connect({ port });
  const lines = client.range(1, -1);
  await lines.next();
  const bytes = client.rangeBytes(1, -1).getReader();
  await bytes.read();
  await client.close();
  await assertRejects(() => Array.fromAsync(lines), ClientClosedError);
  await assertRejects(() => bytes.read(), ClientClosedError);
  await assertRejects(() => client.range(1, 2).next(), ClientClosedError);
  await assertRejects(() => client.count(), ClientClosedError);
});
