import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { RemoteText } from "../../../src/source/remote/remote_text.ts";
import { TextError } from "../../../src/source/text_source.ts";
import { ObjectServer } from "../../support/remote_server.ts";
import { variedBytes } from "../../support/source_contract.ts";

const CONTENT = variedBytes(1000);

async function open(server: ObjectServer, path = "/lines"): Promise<RemoteText> {
  return await RemoteText.open(server.url(path), { policy: { wait: () => Promise.resolve() } });
}

Deno.test("RemoteText.open() takes size, ETag and time from the answer", async () => {
  await using server = new ObjectServer();
  server.put("/lines", CONTENT);
  await using text = await open(server);
  assertEquals(text.name, server.url("/lines"));
  assertEquals(text.identity, {
    size: 1000,
    inode: '"version-1"',
    modifiedMs: Date.UTC(2026, 10, 29, 10),
  });
});

Deno.test("RemoteText.modifiedMs is an integer made of the strong ETag", async () => {
  await using server = new ObjectServer();
  server.put("/one", CONTENT, { etag: '"a"' });
  server.put("/same", CONTENT.slice(1), { etag: '"a"' });
  server.put("/other", CONTENT, { etag: '"b"' });
  await using one = await open(server, "/one");
  await using same = await open(server, "/same");
  await using other = await open(server, "/other");
  // The first 6 bytes of the SHA-256 of "a" with its quotes.
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode('"a"'));
  assertEquals(one.versionStamp, parseInt(new Uint8Array(hash, 0, 6).toHex(), 16));
  assertEquals(one.versionStamp, same.versionStamp);
  assertNotEquals(one.versionStamp, other.versionStamp);
});

Deno.test("RemoteText.open() takes a weak ETag, or none, only together with Last-Modified", async () => {
  const time = "Sun, 29 Nov 2026 10:00:00 GMT";
  await using server = new ObjectServer();
  server.put("/time", CONTENT, { "last-modified": time });
  server.put("/weak", CONTENT, { etag: 'W/"a"', "last-modified": time });
  server.put("/weak-only", CONTENT, { etag: 'W/"a"' });
  server.put("/nothing", CONTENT, {});
  for (const path of ["/time", "/weak"]) {
    await using text = await open(server, path);
    assertEquals(text.versionStamp, undefined);
    const into = new Uint8Array(10);
    await text.read(into, 5);
    assertEquals(into, CONTENT.slice(5, 15));
    assertEquals(server.requests.at(-1)!.headers.get("if-match"), null);
  }
  for (const path of ["/weak-only", "/nothing"]) {
    await assertRejects(() => open(server, path), TextError, "gives no ETag");
  }
});

Deno.test("RemoteText.open() of an empty file works, whether the server answers 416 or 200", async () => {
  await using server = new ObjectServer();
  server.put("/lines", new Uint8Array());
  {
    await using text = await open(server);
    assertEquals(text.size, 0);
    assertEquals(server.requests.length, 2);
  }
  server.fault = () =>
    new Response(null, { status: 200, headers: { etag: '"e"', "content-length": "0" } });
  await using text = await open(server);
  assertEquals(text.size, 0);
});

Deno.test("RemoteText.open() of a server that does not answer ranges fails", async () => {
  await using server = new ObjectServer();
  server.fault = () => new Response("lines", { headers: { etag: '"e"' } });
  await assertRejects(() => open(server), TextError, "(the server does not answer ranges). Copy");
});

Deno.test("RemoteText.open() since another state fails, since the same one does not", async () => {
  await using server = new ObjectServer();
  server.put("/lines", CONTENT);
  await using first = await open(server);
  // As another thread gets it.
  const since = structuredClone(first.identity);
  await using again = await RemoteText.open(server.url("/lines"), { since });
  assertEquals(again.identity, first.identity);
  server.put("/lines", CONTENT.toReversed());
  await assertRejects(
    () => RemoteText.open(server.url("/lines"), { since }),
    TextError,
    "File changed:",
  );
  server.put("/lines", CONTENT.slice(1), { etag: '"version-1"' });
  await assertRejects(
    () => RemoteText.open(server.url("/lines"), { since }),
    TextError,
    "(it has 999 bytes, not 1,000)",
  );
});

Deno.test("RemoteText.open() of a file that is not there fails, and does not call it a change", async () => {
  await using server = new ObjectServer();
  const error = await assertRejects(() => open(server), TextError, "(HTTP status 404, NoSuchKey)");
  assert(error.message.startsWith("Cannot read file: http://127.0.0.1:"), error.message);
});

Deno.test("RemoteText sends user and password, and the query, which no message shows", async () => {
  await using server = new ObjectServer();
  server.put("/lines", CONTENT);
  const url = server.url("/lines?token=SECRET").replace("//", "//me:PASS@");
  await using text = await RemoteText.open(url);
  assertEquals(text.name, server.url("/lines"));
  const { path, headers } = server.requests[0]!;
  assertEquals(path, "/lines?token=SECRET");
  assertEquals(headers.get("authorization"), `Basic ${btoa("me:PASS")}`);
  server.objects.clear();
  const error = await assertRejects(() => text.read(new Uint8Array(1), 0), TextError);
  assert(!/SECRET|PASS/.test(Deno.inspect(error)), error.message);
});

function redirect(status: number, location: string): Response {
  return new Response(null, { status, headers: { location } });
}

Deno.test("RemoteText follows redirections to another host, without credentials there", async () => {
  await using server = new ObjectServer();
  await using other = new ObjectServer();
  other.put("/moved", CONTENT);
  for (const status of [301, 302, 307, 308]) {
    server.fault = () => redirect(status, other.url("/moved?signed"));
    await using text = await RemoteText.open(server.url("/lines").replace("//", "//me:PASS@"));
    const into = new Uint8Array(10);
    await text.read(into, 7);
    assertEquals(into, CONTENT.slice(7, 17));
  }
  assert(server.requests.every(({ headers }) => headers.has("authorization")));
  assertEquals(other.requests.length, 8);
  assert(other.requests.every(({ headers }) => !headers.has("authorization")));
  assert(other.requests.every(({ path }) => path === "/moved?signed"));
});

Deno.test("RemoteText sends no credentials to a host that redirects back, and sends them on the same origin", async () => {
  await using server = new ObjectServer();
  await using other = new ObjectServer();
  server.put("/end", CONTENT);
  server.fault = ({ path }) => {
    if (path === "/same") return redirect(302, "/end");
    if (path === "/away") return redirect(302, other.url("/back"));
    return undefined;
  };
  other.fault = () => redirect(302, server.url("/end").replace("//", "//evil:TAKEN@"));
  const url = (path: string) => server.url(path).replace("//", "//me:PASS@");
  await using _same = await RemoteText.open(url("/same"));
  await using _away = await RemoteText.open(url("/away"));
  const authorizations = server.requests.map(({ headers }) => headers.has("authorization"));
  assertEquals(authorizations, [true, true, true, false]);
});

Deno.test("RemoteText follows no more than 3 redirections, and none to what is not HTTP", async () => {
  await using server = new ObjectServer();
  server.fault = () => redirect(302, "/again");
  await assertRejects(() => open(server), TextError, "(too many redirections)");
  assertEquals(server.requests.length, 4);
  for (const location of ["file:///etc/passwd", "data:,x", "http://", "s3://b/k"]) {
    server.fault = () => redirect(302, location);
    await assertRejects(() => open(server), TextError, "what is not a URL of HTTP", location);
  }
});

Deno.test("RemoteText.open() of a redirection without a location fails, and names no region", async () => {
  await using server = new ObjectServer();
  server.fault = () => new Response(null, { status: 302 });
  await assertRejects(() => open(server), TextError, "(HTTP status 302). Check the server.");
});

Deno.test("RemoteText.open() of S3 that redirects to another host fails, and asks nothing there", async () => {
  await using server = new ObjectServer();
  await using other = new ObjectServer();
  server.fault = () => redirect(307, other.url("/"));
  const keys = { accessKeyId: "ID", secretAccessKey: "KEY", sessionToken: undefined };
  const s3 = { keys, region: "us-east-1", endpoint: server.url() };
  await assertRejects(
    () => RemoteText.open("s3://bucket/key", { s3 }),
    TextError,
    "(HTTP status 307). Check AWS_REGION and AWS_ENDPOINT_URL.",
  );
  assertEquals([server.requests.length, other.requests.length], [1, 0]);
});
