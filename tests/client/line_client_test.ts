import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { LineClient } from "../../src/client/line_client.ts";
import { ClientClosedError, LineTooLongError, ServerError } from "../../src/client/errors.ts";
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

/** Lines that look like parts of the protocol, and lines that end with CR. */
const ODD_TEXT = "OK\n\nERR\r\nCR\r\r\n\r\r\nServer error: no\n\0\xff\xfe\nwithout end\r";

async function textsOf(
  lines: AsyncIterable<Uint8Array | undefined>,
): Promise<(string | undefined)[]> {
  return (await Array.fromAsync(lines)).map((line) => line && asText(line));
}

function* upTo(count: number): Generator<number, void> {
  for (let lineNumber = 1; lineNumber <= count; lineNumber++) yield lineNumber;
}

sceneTest(
  "LineClient.get returns the line's bytes, or undefined if there is no such line",
  async (scene) => {
    const { port } = await scene.listen(await scene.file(TEXT));
    await using client = await LineClient.connect({ port });
    assertEquals(await client.get(2), latin1("second"));
    assertEquals(await client.get(4), undefined);
    assertEquals(await client.get(2 ** 31), undefined);
    assertEquals(await client.get(Number.MAX_SAFE_INTEGER), undefined);
    assertEquals(await client.get(3), latin1("third"));
  },
);

sceneTest(
  "LineClient.getText removes a byte order mark, and get returns its bytes",
  async (scene) => {
    const text = new TextEncoder().encode("\ufeffgrün\n\n");
    const { port } = await scene.listen(await scene.file(text));
    await using client = await LineClient.connect({ port });
    assertEquals(await client.getText(1), "grün");
    assertEquals(await client.get(1), new TextEncoder().encode("\ufeffgrün"));
    assertEquals(await client.getText(2), "");
    assertEquals(await client.getText(3), undefined);
  },
);

for (const eol of ["lf", "crlf"] as const) {
  sceneTest(
    `LineClient.getAll yields lines that look like the protocol unchanged from an ${eol} server`,
    async (scene) => {
      const { port } = await scene.listen(await scene.file(ODD_TEXT), { eol });
      await using client = await LineClient.connect({ port });
      const lines = naiveLines(latin1(ODD_TEXT)).map(asText);
      assertEquals(await textsOf(client.getAll(upTo(lines.length + 1))), [...lines, undefined]);
    },
  );
}

sceneTest(
  "LineClient.get returns each request its own line with any pipelineMax",
  async (scene) => {
    const text = latin1(numberedLines(2_000));
    const lines = naiveLines(text).map(asText);
    const { port } = await scene.listen(await scene.file(text), { cacheBytes: 4_000 });
    for (const pipelineMax of [1, 7, 256]) {
      await using client = await LineClient.connect({ port, pipelineMax });
      const got = await Promise.all(lines.map((_, i) => client.getText(i + 1)));
      assertEquals(got, lines, `pipelineMax ${pipelineMax}`);
    }
  },
);

sceneTest(
  "LineClient.get and getAll agree with a plain array for any line numbers",
  async (scene) => {
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
  },
);

sceneTest(
  "LineClient.get returns a line of lineMaxBytes, and rejects a longer one alone",
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

sceneTest("LineClient.get rejects with the server's error message", async (scene) => {
  const path = await scene.file(TEXT);
  const { port } = await scene.listen(path);
  await Deno.writeTextFile(path, "another text\n");
  await using client = await LineClient.connect({ port });
  await assertRejects(() => client.get(1), ServerError, "Server error: ");
});

sceneTest("LineClient.get and getAll reject numbers that no line can have", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  await using client = await LineClient.connect({ port });
  for (const wrong of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    await assertRejects(() => client.get(wrong), RangeError, String(wrong));
  }
  const lines = client.getAll([3, 0, 1]);
  assertEquals((await lines.next()).value, latin1("third"));
  await assertRejects(() => lines.next(), RangeError, "Line number must be");
});

Deno.test("LineClient.connect rejects an option that is out of range, and names it", async () => {
  for (
    const options of [
      { port: 0 },
      { pipelineMax: 0 },
      { lineMaxBytes: 0.5 },
      { timeoutMs: 2 ** 31 },
      { connectTimeoutMs: NaN },
      { retries: -1 },
      { retryDelayMs: 5_001 },
      { eol: "cr" as "detect" },
    ]
  ) {
    const [name] = Object.keys(options);
    await assertRejects(() => LineClient.connect(options), RangeError, `${name} must be`);
  }
});

sceneTest(
  "LineClient.getAll takes infinitely many numbers only as lines are consumed",
  async (scene) => {
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
  },
);

sceneTest("LineClient.getAll takes numbers that depend on earlier lines", async (scene) => {
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

sceneTest(
  "LineClient.getAll throws an error of the numbers after the lines before it",
  async (scene) => {
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
  },
);

sceneTest("LineClient.getAll ends the iterator of its numbers when left early", async (scene) => {
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

sceneTest(
  "LineClient.getAll rejects at once when aborted while a number is being generated",
  async (scene) => {
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
    late.reject(new Error("ignored"));
    assertEquals(await client.getText(1), "first");
  },
);

sceneTest("LineClient.close rejects pending and later requests", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await LineClient.connect({ port, retries: 0 });
  const waiting = assertRejects(() => client.get(1), ClientClosedError);
  await client.close();
  await waiting;
  await assertRejects(() => client.get(1), ClientClosedError);
  await assertRejects(() => client.getAll([1]).next(), ClientClosedError);
  await client.close();
});

sceneTest("LineClient.get works after the server has been restarted", async (scene) => {
  const path = await scene.file(TEXT);
  const first = await scene.listen(path);
  await using client = await LineClient.connect({ port: first.port });
  assertEquals(await client.getText(1), "first");
  await first.stop();
  await scene.listen(path, { port: first.port });
  assertEquals(await client.getText(2), "second");
});
