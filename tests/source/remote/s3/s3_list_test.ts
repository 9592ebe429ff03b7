import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  isPattern,
  LIST_MAX,
  listObjects,
  matchesPattern,
} from "../../../../src/source/remote/s3/s3_list.ts";
import { RemoteFailure } from "../../../../src/source/remote/remote_failure.ts";
import { escapeXml, xmlText, xmlTexts } from "../../../../src/source/remote/s3/s3_xml.ts";
import { TextError } from "../../../../src/source/text_source.ts";
import { ObjectServer, type SeenRequest } from "../../../support/remote_server.ts";

function paramsOf({ path }: SeenRequest): URLSearchParams {
  return new URL(path, "http://host").searchParams;
}

function page(keys: readonly string[], next?: string): string {
  const contents = keys.map((key) => `<Contents><Key>${escapeXml(key)}</Key></Contents>`);
  const token = next === undefined
    ? ""
    : `<NextContinuationToken>${escapeXml(next)}</NextContinuationToken>`;
  const isTruncated = `<IsTruncated>${next !== undefined}</IsTruncated>`;
  return `<?xml version="1.0"?><ListBucketResult>${isTruncated}${token}${
    contents.join("")
  }</ListBucketResult>`;
}

async function list(server: ObjectServer, pattern: string): Promise<string[]> {
  const s3 = { keys: undefined, region: "us-east-1", endpoint: server.url() };
  return await listObjects(pattern, { s3, policy: { wait: () => Promise.resolve() } });
}

Deno.test("isPattern() is true if a key of S3 has a star", () => {
  assert(isPattern("s3://b/a*"));
  assert(isPattern("s3://b/a/*/c"));
  assert(!isPattern("s3://b/a"));
  assert(!isPattern("https://h/a*"));
  assert(!isPattern("a*"));
});

Deno.test("matchesPattern() is as a regular expression in which a star is [^/]*", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "/", "."), maxLength: 8 });
  const key = fc.string({ unit: fc.constantFrom("a", "b", "/", "."), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(text, key, (pattern, key) => {
      const regExp = new RegExp(
        `^${pattern.replaceAll(".", "[.]").replaceAll("*", "[^/]*")}$`,
      );
      assertEquals(matchesPattern(key, pattern), regExp.test(key) && !key.endsWith("/"));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("matchesPattern() of many stars takes no long time", () => {
  assert(!matchesPattern("a".repeat(1000), `${"a*".repeat(400)}b`));
});

Deno.test("listObjects() follows the pages and gives matching keys in the order of their bytes", async () => {
  await using server = new ObjectServer();
  server.fault = (request) => {
    switch (paramsOf(request).get("continuation-token")) {
      case null:
        return new Response(page(["data/b.zst", "data/b.zst.lineidx", "data/\u{1F600}.zst"], "1&"));
      case "1&":
        return new Response(page(["data/a.txt", "data/\uffee.zst", "data/x/c.zst"], "2"));
      default:
        return new Response(page(["data/<&>.zst", "other.zst", "data/"]));
    }
  };
  assertEquals(
    await list(server, "s3://bucket/data/*.zst"),
    ["data/<&>.zst", "data/b.zst", "data/\uffee.zst", "data/\u{1F600}.zst"]
      .map((key) => `s3://bucket/${key}`),
  );
  assertEquals(server.requests.length, 3);
  const params = paramsOf(server.requests[0]!);
  assertEquals(params.get("prefix"), "data/");
  assertEquals(params.get("delimiter"), "/");
  assert(server.requests.every(({ path }) => path.startsWith("/bucket/?list-type=2&")));
});

Deno.test("listObjects() decodes keys that the server has encoded", async () => {
  await using server = new ObjectServer();
  const encoding = "<EncodingType>url</EncodingType><IsTruncated>";
  server.fault = () =>
    new Response(page(["a+b%2Bc%0A%C3%A9/1"]).replace("<IsTruncated>", encoding));
  assertEquals(await list(server, "s3://bucket/a*/*"), ["s3://bucket/a b+c\né/1"]);
  assertEquals(paramsOf(server.requests[0]!).get("delimiter"), null);
});

Deno.test("listObjects() of a pattern that matches nothing fails", async () => {
  await using server = new ObjectServer();
  server.fault = () => new Response(page(["data/a.txt"]));
  await assertRejects(
    () => list(server, "s3://bucket/data/*.zst"),
    TextError,
    "Cannot list files: s3://bucket/data/*.zst (no file matches). Check the pattern.",
  );
});

Deno.test("listObjects() of a list that does not end fails", async () => {
  await using server = new ObjectServer();
  server.fault = () => new Response(page([], "again"));
  await assertRejects(() => list(server, "s3://bucket/*"), TextError, "(the list does not end)");
  assertEquals(server.requests.length, 2);
  server.fault = (_, index) => new Response(page([], `${index}`));
  await assertRejects(() => list(server, "s3://bucket/*"), TextError, "Choose a pattern that");
});

Deno.test("listObjects() of too many objects fails", async () => {
  await using server = new ObjectServer();
  const keys = Array.from({ length: 10_000 }, (_, i) => `${i}`);
  server.fault = (_, index) => new Response(page(keys, `${index}`));
  await assertRejects(() => list(server, "s3://bucket/*"), TextError, "(more than 100,000 files");
  assertEquals(server.requests.length, LIST_MAX / keys.length + 1);
});

Deno.test("listObjects() of an answer that is no list fails", async () => {
  await using server = new ObjectServer();
  for (
    const body of [
      "",
      "<html>",
      page(["a"]).replace("false", "true"),
      page(["a"]).replace("false", "maybe"),
      "<!DOCTYPE x>" + page(["a"]),
      page(["a"]).replace("<Key>a", "<Key>&nbsp;"),
    ]
  ) {
    server.fault = () => new Response(body);
    await assertRejects(() => list(server, "s3://bucket/*"), TextError, "Cannot list", body);
  }
  server.fault = () => new Response("<Code>NoSuchBucket</Code>", { status: 404 });
  await assertRejects(() => list(server, "s3://bucket/*"), TextError, "NoSuchBucket");
});

Deno.test("listObjects() of a bucket in another region names it, and follows no redirection", async () => {
  await using server = new ObjectServer();
  await using other = new ObjectServer();
  server.fault = () =>
    new Response("<Error><Code>PermanentRedirect</Code></Error>", {
      status: 301,
      headers: { location: other.url("/"), "x-amz-bucket-region": "eu-west-1" },
    });
  await assertRejects(
    () => list(server, "s3://bucket/*"),
    TextError,
    "(HTTP status 301, PermanentRedirect). Set AWS_REGION to eu-west-1,",
  );
  assertEquals(other.requests.length, 0);
});

Deno.test("xmlTexts() decodes what escapeXml() made, and every other entity", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "&", "<", ">", ";", "&amp;", "\u{1F600}", "\n") }),
      (text) => {
        assertEquals(xmlTexts(`<a><k>${escapeXml(text)}</k></a>`, "k"), [text]);
      },
    ),
  );
  assertEquals(xmlText("<k>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</k>", "k"), `<>&"'A\u{1F600}`);
  assertEquals(xmlText("<x/>", "k"), undefined);
  for (const wrong of ["<k>&x;</k>", "<k>&#x110000;</k>", "<k>&</k>", "<k>1</k><k>2</k>"]) {
    assertThrows(() => xmlText(wrong, "k"), RemoteFailure, undefined, wrong);
  }
});
