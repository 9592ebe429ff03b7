import { assertEquals, assertRejects } from "@std/assert";
import { type FileInfo, RequestError, ServerApi } from "../../../src/http/page/server_api.js";

const INFO: FileInfo = {
  name: "a",
  lines: 1026,
  bytes: 9,
  fingerprint: "aa",
  version: "0",
  fileCount: 1,
};
const SIGNAL = new AbortController().signal;

/** An API whose requests are answered by `answers`, by their paths. */
function apiWith(answers: Readonly<Record<string, () => Response>>) {
  const paths: string[] = [];
  const api = new ServerApi("http://host/prefix/#L5", (url) => {
    paths.push(url.pathname);
    const answer = answers[url.pathname];
    return answer === undefined
      ? Promise.reject(new TypeError("connection refused"))
      : Promise.resolve(answer());
  });
  return { api, paths };
}

async function failureOf(promise: Promise<unknown>): Promise<[string, string]> {
  const { kind, message } = await assertRejects(() => promise, RequestError);
  return [kind, message];
}

Deno.test("ServerApi asks relative to the page, and reads lines that the server has cut", async () => {
  const headers = { "Linesvr-Cut-Lines": "1026" };
  const { api, paths } = apiWith({
    "/prefix/pages/aa/1": () => new Response("a\nb\n", { headers }),
  });
  const page = await api.page(INFO, 1, SIGNAL);
  assertEquals([page.line(0).isCut, page.line(1).isCut], [false, true]);
  assertEquals(paths, ["/prefix/pages/aa/1"]);
  assertEquals(api.lineUrl(5), "http://host/prefix/lines/5");
});

Deno.test("ServerApi.page() refuses a page with missing lines, or with lines of another page", async () => {
  const headers = { "Linesvr-Cut-Lines": "5" };
  const { api } = apiWith({
    "/prefix/pages/aa/0": () => new Response("a\nb\n"),
    "/prefix/pages/aa/1": () => new Response("a\nb\n", { headers }),
  });
  assertEquals(await failureOf(api.page(INFO, 0, SIGNAL)), [
    "failed",
    "the server sent 2 lines instead of 1024",
  ]);
  assertEquals(await failureOf(api.page(INFO, 1, SIGNAL)), [
    "failed",
    "the server named line 5, which the page does not have",
  ]);
});

Deno.test("ServerApi tells failures apart by status, and takes the reason from the problem", async () => {
  const problem = () =>
    new Response('{"detail":"The file has changed."}', {
      status: 503,
      headers: { "content-type": "application/problem+json; charset=utf-8" },
    });
  const { api } = apiWith({
    "/prefix/pages/aa/0": problem,
    "/prefix/pages/aa/1": () => new Response("", { status: 404 }),
    "/prefix/lines/1": () => new Response("", { status: 502 }),
    "/prefix/lines/2": () => new Response("", { status: 500 }),
  });
  assertEquals(await failureOf(api.page(INFO, 0, SIGNAL)), ["changed", "The file has changed"]);
  assertEquals(await failureOf(api.page(INFO, 1, SIGNAL)), ["missing", "HTTP status 404"]);
  assertEquals(await failureOf(api.line(INFO, 1, 9, SIGNAL)), ["lost", "HTTP status 502"]);
  assertEquals(await failureOf(api.line(INFO, 2, 9, SIGNAL)), ["failed", "HTTP status 500"]);
  assertEquals(await failureOf(api.info()), ["lost", "connection refused"]);
});

Deno.test("ServerApi.line() cuts at a limit, and refuses a line of another file", async () => {
  let info = INFO;
  const { api } = apiWith({
    "/prefix/lines/1": () => new Response("12345"),
    "/prefix/info": () => Response.json(info),
  });
  const text = async (maxBytes: number) => {
    const { bytes, isCut } = await api.line(INFO, 1, maxBytes, SIGNAL);
    return [new TextDecoder().decode(bytes), isCut];
  };
  assertEquals(await text(4), ["1234", true]);
  assertEquals(await text(5), ["12345", false]);
  info = { ...INFO, fingerprint: "bb" };
  assertEquals(await failureOf(api.line(INFO, 1, 9, SIGNAL)), ["missing", "the file was replaced"]);
});

Deno.test("ServerApi.info() refuses what is no information about a file", async () => {
  const bodies = ["null", "{}", "<html>", '{"name":"a","lines":1.5,"bytes":1,"fingerprint":"aa"}'];
  for (const body of bodies) {
    const { api } = apiWith({ "/prefix/info": () => new Response(body) });
    assertEquals((await failureOf(api.info()))[0], "failed", body);
  }
});

Deno.test("ServerApi.where() returns the file of a line, and refuses an answer without one", async () => {
  let answer: unknown = { line: 5, file: "part-1", fileNumber: 2, lineInFile: 3 };
  const { api } = apiWith({ "/prefix/lines/5": () => Response.json(answer) });
  assertEquals(await api.where(5, SIGNAL), { file: "part-1", lineInFile: 3 });
  for (answer of [null, {}, { file: "part-1", lineInFile: "3" }]) {
    assertEquals((await failureOf(api.where(5, SIGNAL)))[0], "failed");
  }
});

Deno.test("ServerApi.info() takes one file for granted if the server does not say how many", async () => {
  const { fileCount: _, ...older } = INFO;
  const { api } = apiWith({ "/prefix/info": () => Response.json(older) });
  assertEquals(await api.info(), INFO);
});
