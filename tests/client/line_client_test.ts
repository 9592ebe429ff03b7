import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { LineClient } from "../../src/client/line_client.ts";
import { ClientClosedError } from "../../src/client/line_request.ts";
import { LineTooLongError, ServerError } from "../../src/client/reply.ts";
import {
  assertSameBytes,
  asText,
  latin1,
  naiveLines,
  numberedLines,
} from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";
import { turn } from "../support/pending.ts";

const TEXT = "first\nsecond\nthird\n";

/** Lines that could be taken for something else, among them some that end with CR. */
const ODD_TEXT = "OK\n\nERR\r\nCR\r\r\n\r\r\nServer error: no\n\0\xff\xfe\nwithout end\r";

async function textsOf(
  lines: AsyncIterable<Uint8Array | undefined>,
): Promise<(string | undefined)[]> {
  return (await Array.fromAsync(lines)).map((line) => line && asText(line));
}

function* upTo(count: number): Generator<number, void> {
  for (let lineNumber = 1; lineNumber <= count; lineNumber++) yield lineNumber;
}

sceneTest("a line is its bytes, and undefined where there is none", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port });
  assertEquals(await client.get(2), latin1("second"));
  assertEquals(await client.get(4), undefined);
  assertEquals(await client.get(2 ** 31), undefined);
  assertEquals(await client.get(Number.MAX_SAFE_INTEGER), undefined);
  assertEquals(await client.get(3), latin1("third"));
});

sceneTest("a line as a text is read as UTF-8", async (scene) => {
  const text = new TextEncoder().encode("\ufeffgrün\n\n");
  const { port } = await scene.listen(await scene.file(text));
  await using client = await LineClient.connect({ port });
  assertEquals(await client.getText(1), "\ufeffgrün");
  assertEquals(await client.getText(2), "");
  assertEquals(await client.getText(3), undefined);
});

for (const eol of ["lf", "crlf"] as const) {
  sceneTest(`odd lines are what stands in the text, from an ${eol} server`, async (scene) => {
    const { port } = await scene.listen(await scene.file(ODD_TEXT), { eol });
    await using client = await LineClient.connect({ port });
    const lines = naiveLines(latin1(ODD_TEXT)).map(asText);
    assertEquals(await textsOf(client.getAll(upTo(lines.length + 1))), [...lines, undefined]);
  });
}

sceneTest("many requests at a time each get their own line, whatever the bound", async (scene) => {
  const text = latin1(numberedLines(2_000));
  const lines = naiveLines(text).map(asText);
  const { port } = await scene.listen(await scene.file(text), { cacheBytes: 4_000 });
  for (const pipelineMax of [1, 7, 256]) {
    await using client = await LineClient.connect({ port, pipelineMax });
    const got = await Promise.all(lines.map((_, i) => client.getText(i + 1)));
    assertEquals(got, lines, `pipelineMax ${pipelineMax}`);
  }
});

sceneTest("any lines in any order are those of a plain array", async (scene) => {
  const text = latin1(numberedLines(300));
  const lines = naiveLines(text).map(asText);
  const { port } = await scene.listen(await scene.file(text), { linesPerPage: 7 });
  await using client = await LineClient.connect({ port, pipelineMax: 5 });
  const numbers = fc.array(fc.integer({ min: 1, max: 310 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(numbers, numbers, async (ordered, single) => {
      const [all, each] = await Promise.all([
        textsOf(client.getAll(ordered)),
        Promise.all(single.map((lineNumber) => client.getText(lineNumber))),
      ]);
      assertEquals(all, ordered.map((lineNumber) => lines[lineNumber - 1]));
      assertEquals(each, single.map((lineNumber) => lines[lineNumber - 1]));
    }),
    { numRuns: 50 },
  );
});

sceneTest(
  "a long line comes whole, and one over lineMaxBytes is an error of its own",
  async (scene) => {
    const long = latin1("0123456789".repeat(30_000));
    const { port } = await scene.listen(await scene.file(`a\n${asText(long)}\nb\n`));
    await using client = await LineClient.connect({ port, lineMaxBytes: long.length });
    assertSameBytes((await client.get(2))!, long);

    await using strict = await LineClient.connect({ port, lineMaxBytes: long.length - 1 });
    const first = strict.getText(1);
    const tooLong = assertRejects(() => strict.get(2), LineTooLongError, "299999");
    const last = strict.getText(3);
    await tooLong;
    assertEquals([await first, await last], ["a", "b"]);
  },
);

sceneTest("what the server cannot do rejects with what it says", async (scene) => {
  const path = await scene.file(TEXT);
  const { port } = await scene.listen(path);
  await Deno.writeTextFile(path, "another text\n");
  await using client = await LineClient.connect({ port });
  await assertRejects(() => client.get(1), ServerError, "Server error: ");
});

sceneTest("what is no line number is refused before anything is sent", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port });
  for (const wrong of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    await assertRejects(() => client.get(wrong), RangeError, String(wrong));
  }
  const lines = client.getAll([3, 0, 1]);
  assertEquals((await lines.next()).value, latin1("third"));
  await assertRejects(() => lines.next(), RangeError, "A line number must be");
});

Deno.test("an option outside its range is refused by name", async () => {
  for (
    const options of [
      { port: 0 },
      { pipelineMax: 0 },
      { lineMaxBytes: 0.5 },
      { timeoutMs: 2 ** 31 },
      { connectTimeoutMs: NaN },
      { retries: -1 },
      { retryDelayMs: 5_001 },
    ]
  ) {
    const [name] = Object.keys(options);
    await assertRejects(() => LineClient.connect(options), RangeError, `${name} must be`);
  }
});

sceneTest("numbers without end are taken only as far as lines are", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port, pipelineMax: 4 });
  let taken = 0;
  let isEnded = false;
  function* endless(): Generator<number, void> {
    try {
      for (;;) yield taken++ % 3 + 1;
    } finally {
      isEnded = true;
    }
  }
  let given = 0;
  for await (const line of client.getAll(endless())) {
    assertEquals(line, latin1(["first", "second", "third"][given % 3]!));
    if (++given === 100) break;
  }
  assertEquals(taken <= 104, true, `${taken} numbers taken`);
  assertEquals(isEnded, true);
  assertEquals(await client.getText(1), "first");
});

sceneTest("numbers can depend on the lines before them", async (scene) => {
  const { port } = await scene.listen(await scene.file("3\nend\n2\n"));
  await using client = await LineClient.connect({ port });
  const found: string[] = [];
  let announce = (_lineNumber: number) => {};
  async function* followed(): AsyncGenerator<number, void> {
    for (let next = 1; !Number.isNaN(next);) {
      const following = new Promise<number>((resolve) => announce = resolve);
      yield next;
      next = await following;
    }
  }
  for await (const line of client.getAll(followed())) {
    found.push(asText(line!));
    announce(Number(asText(line!)));
  }
  assertEquals(found, ["3", "2", "end"]);
});

sceneTest("numbers that fail are thrown behind the lines before them", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port });
  function* failing(): Generator<number, void> {
    yield 2;
    throw new TypeError("out of numbers");
  }
  async function* failingLater(): AsyncGenerator<number, void> {
    yield* failing();
  }
  for (const numbers of [failing(), failingLater()]) {
    const lines = client.getAll(numbers);
    assertEquals((await lines.next()).value, latin1("second"));
    await assertRejects(() => lines.next(), TypeError, "out of numbers");
    assertEquals(await lines.next(), { done: true, value: undefined });
  }
});

sceneTest("an iteration that is left has ended its numbers", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port, pipelineMax: 2 });
  let isEnded = false;
  async function* endless(): AsyncGenerator<number, void> {
    try {
      for (;;) yield 1;
    } finally {
      await turn();
      isEnded = true;
    }
  }
  for await (const line of client.getAll(endless())) {
    assertEquals(line, latin1("first"));
    break;
  }
  assertEquals(isEnded, true);
});

sceneTest("an aborted iteration ends at once, even where a number is waited for", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port });
  const abort = new AbortController();
  const late = Promise.withResolvers<number>();
  async function* slow(): AsyncGenerator<number, void> {
    yield 1;
    yield await late.promise;
  }
  const lines = client.getAll(slow(), { signal: abort.signal });
  assertEquals((await lines.next()).value, latin1("first"));
  const next = lines.next();
  abort.abort(new Error("enough"));
  await assertRejects(() => next, Error, "enough");
  await assertRejects(() => client.getAll([1], { signal: abort.signal }).next(), Error, "enough");
  late.reject(new Error("told to nobody"));
  assertEquals(await client.getText(1), "first");
});

sceneTest("a closed client refuses, and what waited at the end rejects", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await LineClient.connect({ port, retries: 0 });
  const waiting = assertRejects(() => client.get(1), ClientClosedError);
  await client.close();
  await waiting;
  await assertRejects(() => client.get(1), ClientClosedError);
  await assertRejects(() => client.getAll([1]).next(), ClientClosedError);
  await client.close();
});

sceneTest("a server that is started again is asked again", async (scene) => {
  const path = await scene.file(TEXT);
  const first = await scene.listen(path);
  await using client = await LineClient.connect({ port: first.port });
  assertEquals(await client.getText(1), "first");
  first.server.shutDown();
  await first.server.finished;
  await scene.listen(path, { port: first.port });
  assertEquals(await client.getText(2), "second");
});
