import { assert, assertEquals, assertRejects } from "@std/assert";
import { PART_BYTES, putObject } from "../../../../src/source/remote/s3/s3_put.ts";
import { TextError } from "../../../../src/source/text_source.ts";
import { type Fault, ObjectServer } from "../../../support/remote_server.ts";
import { MemoryText } from "../../../support/text_memory.ts";

const SMALL = new MemoryText(new Uint8Array(10));
const LARGE = new MemoryText(new Uint8Array(2 * PART_BYTES + 1));

const DONE = "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>";

/** Answers as S3 does, except for what the test replaces. */
function s3(replaced: Fault): Fault {
  return (request, index) => {
    const other = replaced(request, index);
    if (other !== undefined) return other;
    const { method, path } = request;
    if (method === "POST" && path.endsWith("?uploads=")) {
      return new Response("<R><UploadId>up&amp;1</UploadId></R>");
    }
    if (method === "POST") return new Response(DONE);
    if (method === "DELETE") return new Response(null, { status: 204 });
    return new Response(null, { headers: { etag: '"part"' } });
  };
}

async function put(server: ObjectServer, content: MemoryText): Promise<void> {
  const s3 = { keys: undefined, region: "us-east-1", endpoint: server.url() };
  const policy = { wait: () => Promise.resolve() };
  await putObject("s3://bucket/key", content, { s3, policy });
}

function seen(server: ObjectServer): string[] {
  return server.requests.map(({ method, path }) => `${method} ${path.replace("/bucket/key", "")}`);
}

Deno.test("putObject() of a small object is one request, repeated after status 503", async () => {
  await using server = new ObjectServer();
  server.fault = s3((_, index) => index === 0 ? new Response(null, { status: 503 }) : undefined);
  await put(server, SMALL);
  assertEquals(seen(server), ["PUT ", "PUT "]);
});

Deno.test("putObject() of a large object sends parts, and puts them together", async () => {
  await using server = new ObjectServer();
  server.fault = s3(() => undefined);
  await put(server, LARGE);
  const [first, ...others] = seen(server);
  assertEquals(first, "POST ?uploads=");
  assertEquals(others.pop(), "POST ?uploadId=up%261");
  assertEquals(
    others.toSorted(),
    [1, 2, 3].map((part) => `PUT ?partNumber=${part}&uploadId=up%261`),
  );
});

Deno.test("putObject() takes back its parts if one fails, or they are not put together", async () => {
  const faults: Record<string, Fault> = {
    "HTTP status 403": ({ path }) =>
      path.includes("partNumber=2") ? new Response(null, { status: 403 }) : undefined,
    "the answer has no ETag": ({ path }) =>
      path.includes("partNumber=3") ? new Response(null) : undefined,
    "S3 did not put the parts together": ({ method, path }) =>
      method === "POST" && path.endsWith("?uploadId=up%261")
        ? new Response("<Error><Code>InternalError</Code></Error>")
        : undefined,
  };
  for (const [reason, fault] of Object.entries(faults)) {
    await using server = new ObjectServer();
    server.fault = s3(fault);
    const { message } = await assertRejects(() => put(server, LARGE), TextError, reason);
    assert(message.startsWith("Cannot write file: s3://bucket/key ("), message);
    assertEquals(seen(server).at(-1), "DELETE ?uploadId=up%261");
  }
});

Deno.test("putObject() fails with the first error even if the parts cannot be taken back", async () => {
  await using server = new ObjectServer();
  server.fault = s3(({ method, path }) =>
    method === "DELETE" || path.includes("partNumber")
      ? new Response(null, { status: 400 })
      : undefined
  );
  await assertRejects(() => put(server, LARGE), TextError, "HTTP status 400");
});

Deno.test("putObject() of a URL fails and names --index", async () => {
  await assertRejects(
    () => putObject("https://me:SECRET@host/a?SECRET", SMALL),
    TextError,
    "Cannot write file: https://host/a (only S3 can be written to). Use --index.",
  );
});
