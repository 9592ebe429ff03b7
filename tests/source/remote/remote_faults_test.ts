import { assert, assertEquals, assertRejects } from "@std/assert";
import { openEndpoint, policyOf } from "../../../src/source/remote/open_endpoint.ts";
import { readRange } from "../../../src/source/remote/range_request.ts";
import { RemoteFailure } from "../../../src/source/remote/remote_failure.ts";
import type { RequestPolicy } from "../../../src/source/remote/request_policy.ts";
import { RemoteText } from "../../../src/source/remote/remote_text.ts";
import { TextError } from "../../../src/source/text_source.ts";
import {
  rangeHeaders,
  type RawAnswer,
  rawHead,
  rawRange,
  RawServer,
} from "../../support/raw_server.ts";
import { askedRange, type Fault, ObjectServer, rangeOf } from "../../support/remote_server.ts";
import { variedBytes } from "../../support/source_contract.ts";
import { neverHangs, until } from "../../support/text_threads.ts";

const CONTENT = variedBytes(10_000);

/** Records how long the client wants to wait, and does not wait. */
function hasty(): { policy: Partial<RequestPolicy>; waitsMs: number[] } {
  const waitsMs: number[] = [];
  const wait = (ms: number) => Promise.resolve(void waitsMs.push(ms));
  return { policy: { wait }, waitsMs };
}

interface Scene {
  readonly server: ObjectServer;
  readonly text: RemoteText;
  readonly waitsMs: number[];
  /** Reads bytes 100 to 200. */
  read(): Promise<Uint8Array>;
}

/** Opens a text of a server that is right until the test says otherwise. */
async function inScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using server = new ObjectServer();
  server.put("/lines", CONTENT);
  const { policy, waitsMs } = hasty();
  await using text = await RemoteText.open(server.url("/lines"), { policy });
  const read = async () => {
    const into = new Uint8Array(100);
    await text.read(into, 100);
    return into;
  };
  await body({ server, text, waitsMs, read });
}

function testFault(
  name: string,
  fault: Fault,
  expected: { readonly message: string; readonly requests: number },
): void {
  Deno.test(`RemoteText.read() ${name}`, () =>
    inScene(async ({ server, text, read }) => {
      server.fault = fault;
      const before = server.requests.length;
      const error = await assertRejects(() => neverHangs(read()), TextError, expected.message);
      assert(error.message.includes(text.name), error.message);
      assert(!error.message.includes("\n"), error.message);
      assertEquals(server.requests.length - before, expected.requests);
    }));
}

/** The right range, with other headers. */
function rangeWith(headers: Record<string, string>): Fault {
  return (request) => {
    const etag = '"version-1"';
    const right = rangeOf({ content: CONTENT, headers: { etag } }, ...askedRange(request));
    for (const [name, value] of Object.entries(headers)) {
      if (value === "") right.headers.delete(name);
      else right.headers.set(name, value);
    }
    return right;
  };
}

function status(status: number, body = "", headers: Record<string, string> = {}): Fault {
  return () => new Response(body, { status, headers });
}

testFault("of status 400 is not repeated", status(400), {
  message: "(HTTP status 400). Check the server.",
  requests: 1,
});
testFault("of status 401 names the credentials", status(401), {
  message: "(HTTP status 401). Check the credentials and their permissions.",
  requests: 1,
});
testFault(
  "of status 403 shows the code of S3 and nothing else of the body",
  status(403, "<Error><Code>AccessDenied</Code><Message>secret</Message></Error>"),
  { message: "(HTTP status 403, AccessDenied). Check the credentials", requests: 1 },
);
testFault("of status 404 is a change", status(404), {
  message: "(it was removed). Start linesvr again.",
  requests: 1,
});
testFault("of status 412 is a change", status(412), {
  message: "(its ETag is another one). Start linesvr again.",
  requests: 1,
});
testFault("of status 416 is not repeated", status(416), {
  message: "(HTTP status 416). Check the server.",
  requests: 1,
});
testFault(
  "of status 416 with another size is a change",
  status(416, "", { "content-range": "bytes */50" }),
  { message: "File changed:", requests: 1 },
);
for (const transient of [429, 500, 502, 503, 504]) {
  testFault(`of status ${transient} is tried 5 times`, status(transient), {
    message: `(HTTP status ${transient}). Try again later.`,
    requests: 5,
  });
}
testFault("of status 501 is not repeated", status(501), {
  message: "(HTTP status 501)",
  requests: 1,
});
testFault(
  "of status 200 says that the server does not answer ranges",
  (_, __) => new Response(CONTENT, { headers: { etag: '"version-1"' } }),
  { message: "(the server does not answer ranges)", requests: 1 },
);
testFault(
  "of status 200 with another ETag is a change",
  () => new Response(CONTENT, { headers: { etag: '"version-2"' } }),
  { message: "File changed:", requests: 1 },
);
testFault("with another ETag is a change", rangeWith({ etag: '"version-2"' }), {
  message: "(its ETag is another one). Start linesvr again.",
  requests: 1,
});
testFault("without an ETag fails", rangeWith({ etag: "" }), {
  message: "(the answer has no strong ETag)",
  requests: 1,
});
testFault("with a weak ETag fails", rangeWith({ etag: 'W/"version-1"' }), {
  message: "(the answer has no strong ETag)",
  requests: 1,
});
testFault(
  "with another total size is a change",
  rangeWith({ "content-range": "bytes 100-199/10001" }),
  { message: "(it has 10,001 bytes, not 10,000). Start linesvr again.", requests: 1 },
);
for (
  const range of [
    "bytes 101-200/10000",
    "bytes 100-198/10000",
    "bytes 100-200/10000",
    "",
    "100-199",
  ]
) {
  testFault(`with Content-Range "${range}" fails`, rangeWith({ "content-range": range }), {
    message: "(the server sent another range than the one asked for)",
    requests: 1,
  });
}
testFault("that is compressed fails", rangeWith({ "content-encoding": "gzip" }), {
  message: "(the server compresses its answer, although it was asked not to)",
  requests: 1,
});
testFault(
  "of an unknown total size fails",
  rangeWith({ "content-range": "bytes 100-199/*" }),
  { message: "(the server sent another range than the one asked for)", requests: 1 },
);

Deno.test("RemoteText.read() returns the right bytes after 4 failed attempts", () =>
  inScene(async ({ server, waitsMs, read }) => {
    const before = server.requests.length;
    server.fault = (_, index) =>
      index < before + 4 ? new Response(null, { status: 503 }) : undefined;
    assertEquals(await read(), CONTENT.slice(100, 200));
    assertEquals(waitsMs.length, 4);
    waitsMs.forEach((ms, i) => assert(ms >= 0 && ms <= 100 * 2 ** i, `${ms} ms`));
  }));

Deno.test("RemoteText.read() waits as long as Retry-After says, but no longer than 30 s", () =>
  inScene(async ({ server, waitsMs, read }) => {
    const before = server.requests.length;
    const values = ["7", "3600", new Date(Date.now() - 5000).toUTCString()];
    server.fault = (_, index) => {
      const value = values[index - before];
      if (value === undefined) return undefined;
      return new Response(null, { status: 503, headers: { "retry-after": value } });
    };
    assertEquals(await read(), CONTENT.slice(100, 200));
    assertEquals(waitsMs, [7_000, 30_000, 0]);
  }));

Deno.test("RemoteText.read() sends If-Match, the exact range, and Accept-Encoding: identity", () =>
  inScene(async ({ server, read }) => {
    await read();
    const { method, headers } = server.requests.at(-1)!;
    assertEquals(method, "GET");
    assertEquals(headers.get("if-match"), '"version-1"');
    assertEquals(headers.get("range"), "bytes=100-199");
    assertEquals(headers.get("accept-encoding"), "identity");
  }));

Deno.test("RemoteText.read() never mixes two states of an object that is replaced", async () => {
  await using server = new ObjectServer();
  server.honoursConditions = false;
  const states = [1, 2].map((fill) => new Uint8Array(300_000).fill(fill));
  server.put("/lines", states[0]!);
  await using text = await RemoteText.open(server.url("/lines"));
  const opened = server.requests.length;
  server.fault = (_, index) => {
    if (index === opened + 50) server.put("/lines", states[1]!);
    return undefined;
  };
  const reads = Array.from({ length: 100 }, async (_, i) => {
    const into = new Uint8Array(1000);
    await text.read(into, i * 3000);
    return into;
  });
  const outcomes = await neverHangs(Promise.allSettled(reads));
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") assert(outcome.value.every((byte) => byte === 1));
    else assert(outcome.reason.message.startsWith("File changed:"), outcome.reason.message);
  }
  assert(outcomes.some(({ status }) => status === "rejected"));
  await assertRejects(() => text.read(new Uint8Array(1), 0), TextError, "File changed:");
});

Deno.test("RemoteText.read() fails at once after a change was seen, whatever the server has later", () =>
  inScene(async ({ server, read }) => {
    const object = server.objects.get("/lines")!;
    server.put("/lines", CONTENT);
    await assertRejects(read, TextError, "File changed:");
    server.objects.set("/lines", object);
    const before = server.requests.length;
    await assertRejects(read, TextError, "File changed:");
    assertEquals(server.requests.length, before);
  }));

Deno.test("RemoteText.check() asks the server once if no answer has come for 5 s, and again 5 s later", async () => {
  await using server = new ObjectServer();
  server.put("/lines", CONTENT);
  let nowMs = 0;
  const { policy } = hasty();
  await using text = await RemoteText.open(server.url("/lines"), { nowMs: () => nowMs, policy });
  const checkAt = async (ms: number, expectedRequests: number) => {
    nowMs = ms;
    await until(() => {
      text.check();
      return server.requests.length >= expectedRequests;
    });
    for (let turn = 0; turn < 50; turn++) {
      text.check();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertEquals(server.requests.length, expectedRequests, `at ${ms} ms`);
  };
  await checkAt(4_999, 1);
  await text.read(new Uint8Array(1), 0);
  await checkAt(9_998, 2);
  server.fault = () => new Response(null, { status: 503 });
  await checkAt(9_999, 3);
  await checkAt(14_998, 3);
  await checkAt(14_999, 4);
});

Deno.test("RemoteText.check() does not throw while the server fails, and notices a change later", async () => {
  await using server = new ObjectServer();
  server.put("/lines", CONTENT);
  await using text = await RemoteText.open(server.url("/lines"), { revalidateMs: 0 });
  for (const failing of [500, 503, 403, 400]) {
    server.fault = () => new Response(null, { status: failing });
    const before = server.requests.length;
    await until(() => {
      text.check();
      return server.requests.length >= before + 2;
    });
  }
  server.fault = () => undefined;
  server.put("/lines", CONTENT);
  await until(() => {
    try {
      text.check();
      return false;
    } catch (error) {
      return error instanceof TextError && error.message.startsWith("File changed:");
    }
  });
});

interface RawScene {
  readonly server: RawServer;
  readonly waitsMs: number[];
  /** Reads bytes 100 to 200. */
  read(): Promise<Uint8Array>;
}

function testRaw(
  name: string,
  answer: (index: number, head: string) => RawAnswer,
  policy: Partial<RequestPolicy>,
  body: (scene: RawScene) => Promise<void>,
): void {
  Deno.test(`readRange() ${name}`, async () => {
    await using server = new RawServer(answer);
    const { policy: noWait, waitsMs } = hasty();
    const endpoint = openEndpoint(server.url());
    const state = {
      size: CONTENT.length,
      etag: '"one"',
      weakEtag: undefined,
      lastModified: undefined,
    };
    const read = async () => {
      const into = new Uint8Array(100);
      const options = policyOf({ policy: { ...noWait, ...policy } });
      await neverHangs(readRange(endpoint, state, into, 100, options));
      return into;
    };
    await body({ server, waitsMs, read });
  });
}

const HEAD = rawHead("206 Partial Content", rangeHeaders(CONTENT, 100, 100));
const { "Content-Length": _, ...NO_LENGTH } = rangeHeaders(CONTENT, 100, 100);
const HEAD_NO_LENGTH = rawHead("206 Partial Content", NO_LENGTH);
const PART = CONTENT.slice(100, 200);

testRaw(
  "repeats a read whose body was cut off",
  (index, head) =>
    index < 2 ? { chunks: [HEAD, PART.slice(0, 60)], end: "close" } : rawRange(CONTENT, head),
  {},
  async ({ read, server }) => {
    assertEquals(await read(), PART);
    assertEquals(server.requests.length, 3);
  },
);

testRaw(
  "of bodies that are always cut off fails after 5 attempts",
  () => ({ chunks: [HEAD, PART.slice(0, 99)], end: "close" }),
  {},
  async ({ read, server }) => {
    await assertRejects(read, RemoteFailure, "the connection failed");
    assertEquals(server.requests.length, 5);
  },
);

testRaw(
  "of a short body without a length fails",
  () => ({ chunks: [HEAD_NO_LENGTH, PART.slice(0, 99)], end: "close" }),
  {},
  async ({ read }) => {
    await assertRejects(read, RemoteFailure, "the server sent less than the 100 bytes asked for");
  },
);

testRaw(
  "of a Content-Length that is not that of the range fails",
  () => {
    const headers = { ...rangeHeaders(CONTENT, 100, 100), "Content-Length": "101" };
    return { chunks: [rawHead("206 Partial Content", headers), PART, "x"], end: "close" };
  },
  {},
  async ({ read, server }) => {
    await assertRejects(read, RemoteFailure, "the length of the answer is not that of the range");
    assertEquals(server.requests.length, 1);
  },
);

testRaw(
  "does not read an endless body to its end",
  () => ({
    chunks: function* () {
      yield HEAD_NO_LENGTH;
      for (;;) yield CONTENT;
    }(),
    end: "close",
  }),
  {},
  async ({ read, server }) => {
    await assertRejects(
      read,
      RemoteFailure,
      "the server sent more than the 100 bytes asked for",
    );
    assertEquals(server.requests.length, 1);
  },
);

testRaw(
  "of a server that does not answer fails after the timeout",
  () => ({ chunks: [], end: "stall" }),
  { headersTimeoutMs: 20, attemptsMax: 2 },
  async ({ read, waitsMs }) => {
    await assertRejects(read, RemoteFailure, "no answer from the server");
    assertEquals(waitsMs.length, 1);
  },
);

testRaw(
  "of a body that stops fails after the timeout",
  () => ({ chunks: [HEAD, PART.slice(0, 50)], end: "stall" }),
  { stallTimeoutMs: 20, attemptsMax: 2 },
  async ({ read, waitsMs }) => {
    await assertRejects(read, RemoteFailure, "the server has stopped sending");
    assertEquals(waitsMs.length, 1);
  },
);

testRaw(
  "of a body that takes too long as a whole fails",
  () => ({ chunks: [HEAD, PART.slice(0, 50)], end: "stall" }),
  { attemptTimeoutMs: 20, attemptsMax: 1 },
  async ({ read }) => {
    await assertRejects(read, RemoteFailure, "the server sends too slowly");
  },
);

testRaw(
  "of an answer that is not HTTP fails",
  () => ({ chunks: ["hello\r\n\r\n"], end: "close" }),
  { attemptsMax: 2 },
  async ({ read }) => {
    await assertRejects(read, RemoteFailure, "the connection failed");
  },
);

Deno.test("RemoteText.open() of a server that is gone fails without showing the query", async () => {
  const server = new ObjectServer();
  const url = server.url("/lines?signature=SECRET");
  await server[Symbol.asyncDispose]();
  const { policy, waitsMs } = hasty();
  const error = await assertRejects(
    () => RemoteText.open(url.replace("//", "//user:PASSWORD@"), { policy }),
    TextError,
    "(connection refused). Check the network and the server.",
  );
  assertEquals(waitsMs.length, 4);
  assert(!/SECRET|PASSWORD|user/.test(error.message), error.message);
  assert(!/SECRET|PASSWORD/.test(Deno.inspect(error)), "the error with its causes");
});
