import { assert, assertEquals, assertThrows } from "@std/assert";
import { S3Endpoint } from "../../../src/source/remote/open_endpoint.ts";
import type { RequestParts } from "../../../src/source/remote/endpoint.ts";
import { s3Settings } from "../../../src/source/remote/s3/s3_settings.ts";
import { TextError } from "../../../src/source/text_source.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "SECRET" };

function settings(variables: Record<string, string>) {
  return s3Settings((name) => variables[name]);
}

async function urlOf(key: string, variables: Record<string, string>, bucket = "bucket") {
  const endpoint = new S3Endpoint({ bucket, key, name: "test" }, settings(variables));
  return (await endpoint.authorize({ method: "GET" })).url;
}

Deno.test("s3Settings() reads the environment, in which empty variables are missing", () => {
  assertEquals(settings({}), { keys: undefined, region: "us-east-1", endpoint: undefined });
  assertEquals(
    settings({ ...KEYS, AWS_SESSION_TOKEN: "", AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" }),
    {
      keys: { accessKeyId: "AKID", secretAccessKey: "SECRET", sessionToken: undefined },
      region: "eu-west-1",
      endpoint: undefined,
    },
  );
  const all = { ...KEYS, AWS_SESSION_TOKEN: "T", AWS_REGION: "a-1", AWS_DEFAULT_REGION: "b-2" };
  const { keys, region } = settings(all);
  assertEquals([keys?.sessionToken, region], ["T", "a-1"]);
});

Deno.test("s3Settings() rejects what is not valid, without showing it", () => {
  const invalid = [
    { AWS_ACCESS_KEY_ID: "HIDDEN" },
    { AWS_SECRET_ACCESS_KEY: "HIDDEN" },
    { AWS_REGION: "HIDDEN host/" },
    { AWS_ENDPOINT_URL: "HIDDEN" },
    { AWS_ENDPOINT_URL: "https://me:HIDDEN@host" },
    { AWS_ENDPOINT_URL: "https://host/?HIDDEN" },
    { AWS_ENDPOINT_URL: "ftp://HIDDEN" },
  ];
  for (const variables of invalid) {
    const { message } = assertThrows(() => settings(variables), TextError, "Invalid environment");
    assert(!message.includes("HIDDEN"), message);
  }
});

Deno.test("s3Settings() without the permission says which flag allows it", () => {
  const { message } = assertThrows(
    () =>
      s3Settings(() => {
        throw new Deno.errors.NotCapable("Requires env access");
      }),
    TextError,
    "--allow-env=AWS_ACCESS_KEY_ID,",
  );
  assert(!message.includes("Requires"), message);
});

Deno.test("S3Endpoint has the bucket in the path of a given server, and in the host of Amazon's", async () => {
  const own = { AWS_ENDPOINT_URL: "http://host:9000/" };
  const amazon = { AWS_REGION: "eu-west-1" };
  assertEquals(await urlOf("a/b", own), "http://host:9000/bucket/a/b");
  assertEquals(await urlOf("a", { AWS_ENDPOINT_URL: "http://h/s3" }), "http://h/s3/bucket/a");
  assertEquals(await urlOf("a/b", amazon), "https://bucket.s3.eu-west-1.amazonaws.com/a/b");
  assertEquals(
    await urlOf("a", amazon, "my.bucket"),
    "https://s3.eu-west-1.amazonaws.com/my.bucket/a",
  );
});

Deno.test("S3Endpoint encodes every character of a key that is not plain, and no parser changes the URL", async () => {
  const expected = {
    "a b+c%20?x#y": "a%20b%2Bc%2520%3Fx%23y",
    "//a//b/": "//a//b/",
    "é/\u{1F600}": "%C3%A9/%F0%9F%98%80",
    "!'()*~-_.": "%21%27%28%29%2A~-_.",
    "a..b/...": "a..b/...",
    '\\\n\t"<>^`{|}': "%5C%0A%09%22%3C%3E%5E%60%7B%7C%7D",
  };
  for (const [key, path] of Object.entries(expected)) {
    const url = await urlOf(key, { AWS_ENDPOINT_URL: "http://host" });
    assertEquals(url, `http://host/bucket/${path}`);
    assertEquals(new URL(url).href, url);
  }
});

Deno.test("S3Endpoint signs requests, never shows the secret key, and signs reads of an object once", async () => {
  const variables = { ...KEYS, AWS_SESSION_TOKEN: "TOKEN", AWS_REGION: "eu-west-1" };
  const endpoint = new S3Endpoint({ bucket: "bucket", key: "k", name: "n" }, settings(variables));
  const first = await endpoint.authorize({ method: "GET", headers: { range: "bytes=0-0" } });
  const { authorization, ...others } = first.headers;
  assert(
    /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/s3\/aws4_request, /.test(authorization!),
  );
  assertEquals(others["x-amz-security-token"], "TOKEN");
  assert(!JSON.stringify(first).includes("SECRET"));
  assert(!Deno.inspect(endpoint).includes("SECRET"));
  assert(await endpoint.authorize({ method: "GET", headers: { range: "bytes=5-9" } }) === first);
  const other: RequestParts = { method: "PUT", body: new Uint8Array([1]) };
  const { headers } = await endpoint.authorize(other);
  // The SHA-256 of the body.
  assertEquals(
    headers["x-amz-content-sha256"],
    "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
  );
});

Deno.test("S3Endpoint does not sign without keys", async () => {
  const endpoint = new S3Endpoint({ bucket: "bucket", key: "k", name: "n" }, settings({}));
  assertEquals((await endpoint.authorize({ method: "GET" })).headers, {});
});
