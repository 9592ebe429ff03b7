/**
 * Needs a real S3 store: `deno task test:s3`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { S3Endpoint } from "../../../../src/source/remote/open_endpoint.ts";
import { ParallelReader } from "../../../../src/source/remote/parallel_reader.ts";
import { readHead } from "../../../../src/source/remote/read_head.ts";
import { remoteIndexLocation } from "../../../../src/source/remote/remote_location.ts";
import { RemoteText } from "../../../../src/source/remote/remote_text.ts";
import { request } from "../../../../src/source/remote/request.ts";
import { REQUEST_POLICY } from "../../../../src/source/remote/request_policy.ts";
import { listObjects } from "../../../../src/source/remote/s3/s3_list.ts";
import { PART_BYTES, putObject } from "../../../../src/source/remote/s3/s3_put.ts";
import { s3Settings } from "../../../../src/source/remote/s3/s3_settings.ts";
import { xmlTexts } from "../../../../src/source/remote/s3/s3_xml.ts";
import { TextError } from "../../../../src/source/text_source.ts";
import { TEST_BUCKET, testS3 } from "../../../support/s3_bucket.ts";
import { variedBytes } from "../../../support/source_contract.ts";
import { MemoryText } from "../../../support/text_memory.ts";

testS3("S3: keys with any characters are written, listed and read", async (folder) => {
  const names = [
    "a b",
    "a+b",
    "a%20b",
    "a%b",
    "é",
    "\u{1F600}",
    "a?b=c&d#e",
    "!'()~",
    "a..b",
    "<&>",
  ];
  const contents = new Map<string, Uint8Array>();
  for (const [i, name] of [...names, "deep//er/x y"].entries()) {
    const content = variedBytes(100 + i);
    contents.set(await folder.put(`keys/${name}`, content), content);
  }
  for (const [location, content] of contents) {
    await using text = await RemoteText.open(location);
    const into = new Uint8Array(content.length);
    await text.read(into, 0);
    assertEquals(into, content, location);
  }
  const listed = await listObjects(folder.location("keys/*"));
  assertEquals(listed.toSorted(), names.map((name) => folder.location(`keys/${name}`)).toSorted());
});

testS3("S3: listObjects() follows pages and leaves indexes out", async (folder) => {
  const keys = Array.from({ length: 1100 }, (_, i) => `many/${`${i}`.padStart(4, "0")}.txt`);
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => folder.put(key, new Uint8Array(1))));
  }
  await folder.put(
    remoteIndexLocation("s3://bucket/many/0000.txt").slice("s3://bucket/".length),
    variedBytes(5),
  );
  assertEquals(
    await listObjects(folder.location("many/*")),
    keys.map((key) => folder.location(key)),
  );
  assertEquals((await listObjects(folder.location("*/10*.txt"))).length, 100);
});

testS3(
  "S3: putObject() writes an empty object, a small one and one of several parts",
  async (folder) => {
    for (const bytes of [0, 1, PART_BYTES, 2 * PART_BYTES + 12345]) {
      const content = variedBytes(bytes);
      const location = await folder.put("put", content);
      await using text = new ParallelReader(await RemoteText.open(location));
      assertEquals(text.size, bytes);
      const into = new Uint8Array(bytes);
      await text.read(into, 0);
      assert(into.every((byte, i) => byte === content[i]), `${bytes} bytes`);
    }
  },
);

testS3(
  "S3: putObject() of parts that cannot be read leaves the object as it was",
  async (folder) => {
    const location = await folder.put("kept", variedBytes(10));
    const broken = new MemoryText(variedBytes(3 * PART_BYTES), {
      blocks: () => true,
      onRead: (offset) =>
        offset === 0 ? Promise.resolve() : Promise.reject(new TextError("broken")),
    });
    await assertRejects(() => putObject(location, broken), TextError, "broken");
    assertEquals(await readHead(location, 100), variedBytes(10));
    const bucket = new S3Endpoint({ bucket: TEST_BUCKET!, name: "bucket" });
    const query = { uploads: "", prefix: folder.prefix };
    const uploads = await request(bucket, { method: "GET", query }, async (answer) => {
      await answer.expect(200);
      return xmlTexts(await answer.text(100_000), "UploadId");
    }, REQUEST_POLICY);
    assertEquals(uploads, [], "no parts are left");
  },
);

testS3(
  "S3: readHead() reads up to so many bytes, and gives undefined if there is no object",
  async (folder) => {
    const location = await folder.put("head", variedBytes(100));
    assertEquals(await readHead(location, 10), variedBytes(10));
    assertEquals(await readHead(location, 1000), variedBytes(100));
    assertEquals(await readHead(await folder.put("empty", new Uint8Array()), 10), new Uint8Array());
    assertEquals(await readHead(folder.location("missing"), 10), undefined);
  },
);

testS3(
  "S3: wrong keys, and a bucket that is not there, are errors without secrets",
  async (folder) => {
    const location = await folder.put("lines", variedBytes(10));
    const right = s3Settings();
    const keys = { accessKeyId: "WRONGID", secretAccessKey: "WRONGKEY", sessionToken: undefined };
    const policy = { wait: () => Promise.resolve() };
    for (const wrong of [keys, { ...right.keys!, secretAccessKey: "WRONGKEY" }]) {
      const error = await assertRejects(
        () => RemoteText.open(location, { s3: { ...right, keys: wrong }, policy }),
        TextError,
        "Check the credentials and their permissions.",
      );
      assert(!/WRONG|Signature=|AWS4/.test(Deno.inspect(error)), error.message);
    }
    await assertRejects(
      () => RemoteText.open(`s3://linesvr-no-such-bucket-${crypto.randomUUID()}/key`),
      TextError,
      "NoSuchBucket",
    );
  },
);

testS3("S3: RemoteText notices an object that is replaced while it is read", async (folder) => {
  const content = variedBytes(1_000_000);
  const location = await folder.put("lines", content);
  await using text = await RemoteText.open(location);
  const outcomes: Promise<boolean>[] = [];
  for (let i = 0; i < 200; i++) {
    if (i === 100) await folder.put("lines", content.toReversed());
    const into = new Uint8Array(1000);
    outcomes.push(
      text.read(into, i * 5000).then(
        () => into.every((byte, at) => byte === content[i * 5000 + at]),
        (error: Error) => error.message.startsWith("File changed:"),
      ),
    );
  }
  assert((await Promise.all(outcomes)).every((isRight) => isRight));
  await assertRejects(() => text.read(new Uint8Array(1), 0), TextError, "File changed:");
});
