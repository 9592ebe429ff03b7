import { RemoteText } from "../../../src/source/remote/remote_text.ts";
import { NGINX, Nginx } from "../../support/nginx.ts";
import { ObjectServer } from "../../support/remote_server.ts";
import { S3Folder, TEST_BUCKET } from "../../support/s3_bucket.ts";
import { type OpenedSource, testTextSource } from "../../support/source_contract.ts";

// Every check() asks the server if no answer is on its way.
const OPTIONS = { revalidateMs: 0 };

async function openServed(
  content: Uint8Array<ArrayBuffer>,
  headers?: (version: number) => Record<string, string>,
): Promise<OpenedSource> {
  const server = new ObjectServer();
  let version = 0;
  const put = (content: Uint8Array<ArrayBuffer>) =>
    server.put("/lines", content, headers?.(++version));
  put(content);
  const source = await RemoteText.open(server.url("/lines"), OPTIONS);
  return {
    source,
    changes: {
      "written to": () => put(content.toReversed()),
      "cut off": () => put(content.slice(1)),
      "emptied": () => put(new Uint8Array()),
      "removed": () => void server.objects.delete("/lines"),
      "written to, on a server that ignores If-Match": () => {
        server.honoursConditions = false;
        put(content.toReversed());
      },
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function openNginx(content: Uint8Array<ArrayBuffer>): Promise<OpenedSource> {
  const nginx = await Nginx.start();
  const path = `${nginx.directory}/lines`;
  await Deno.writeFile(path, content);
  // The ETag of nginx has the time in seconds, and the size.
  await Deno.utime(path, 1000, 1000);
  const source = await RemoteText.open(nginx.url("/lines"), OPTIONS);
  return {
    source,
    changes: {
      "written to": () => Deno.writeFile(path, content.toReversed()),
      "cut off": () => Deno.truncate(path, content.length - 1),
      "emptied": () => Deno.truncate(path),
      "removed": () => Deno.remove(path),
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await nginx[Symbol.asyncDispose]();
    },
  };
}

async function openS3(content: Uint8Array<ArrayBuffer>): Promise<OpenedSource> {
  const folder = await S3Folder.make();
  const source = await RemoteText.open(await folder.put("lines", content), OPTIONS);
  const put = async (content: Uint8Array) => void await folder.put("lines", content);
  return {
    source,
    changes: {
      "written to": () => put(content.toReversed()),
      "cut off": () => put(content.slice(1)),
      "emptied": () => put(new Uint8Array()),
      "removed": () => folder.remove("lines"),
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

testTextSource("RemoteText", (content) => openServed(content));
testTextSource(
  "RemoteText without a strong ETag",
  (content) =>
    openServed(content, (version) => ({
      "etag": `W/"${version}"`,
      "last-modified": `Sun, 29 Nov 2026 10:00:${10 + version} GMT`,
    })),
);

if (NGINX !== undefined) testTextSource("RemoteText on nginx", openNginx);
else Deno.test.ignore("RemoteText on nginx (ignored: there is no nginx)", () => {});

if (TEST_BUCKET !== undefined) testTextSource("RemoteText on S3", openS3);
else Deno.test.ignore("RemoteText on S3 (ignored: LINESVR_TEST_S3_BUCKET is not set)", () => {});
