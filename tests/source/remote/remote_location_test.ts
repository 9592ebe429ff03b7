import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  isRemote,
  parseRemote,
  remoteIndexLocation,
  remoteName,
} from "../../../src/source/remote/remote_location.ts";
import { TextError } from "../../../src/source/text_source.ts";

Deno.test("isRemote() is true for s3, http and https only", () => {
  for (const location of ["s3://b/k", "S3://b/k", "http://h/p", "https://h", "HTTPS://h/p"]) {
    assert(isRemote(location), location);
  }
  for (
    const location of ["a.txt", "/s3://b/k", "s3:b", "http:/h", "ftp://h/p", "./https://h", ""]
  ) {
    assert(!isRemote(location), location);
  }
});

Deno.test("parseRemote() keeps a key of S3 as it is", () => {
  for (const key of ["k", "a b", "a+b", "a%20b", "a//b", "/k", "a..b", "..k", "é", "a?b#c", "k/"]) {
    const location = `s3://my-bucket/${key}`;
    assertEquals(parseRemote(location), {
      kind: "s3",
      bucket: "my-bucket",
      key,
      name: location,
    });
  }
});

Deno.test("parseRemote() rejects what cannot be requested of S3", () => {
  const invalid = [
    "s3://",
    "s3://bucket",
    "s3://bucket/",
    "s3:///key",
    "s3://b@d/key",
    "s3://bucket/a/../b",
    "s3://bucket/./b",
    "s3://bucket/..",
    "s3://bucket/\ud800",
    `s3://bucket/${"é".repeat(513)}`,
  ];
  for (const location of invalid) {
    assertThrows(() => parseRemote(location), TextError, "Check its spelling.", location);
  }
});

Deno.test("parseRemote() of a key with a line break has a name without one", () => {
  assertEquals(remoteName("s3://bucket/a\nb\u2028c"), "s3://bucket/a%0Ab%E2%80%A8c");
});

Deno.test("parseRemote() of a URL keeps the query for requests, and shows nothing secret", () => {
  assertEquals(parseRemote("https://me:p%40ss@host:8443/a%20b?sig=SECRET#part"), {
    kind: "http",
    url: "https://host:8443/a%20b?sig=SECRET",
    authorization: `Basic ${btoa("me:p@ss")}`,
    name: "https://host:8443/a%20b",
  });
  assertEquals(parseRemote("http://host/"), {
    kind: "http",
    url: "http://host/",
    authorization: undefined,
    name: "http://host/",
  });
});

Deno.test("parseRemote() of an invalid URL shows nothing secret", () => {
  for (const location of ["https://", "https://me:SECRET@", "http://me:SECRET@h:x/?SECRET"]) {
    const { message } = assertThrows(() => parseRemote(location), TextError, "not a valid URL");
    assert(!message.includes("SECRET"), message);
  }
  const { message } = assertThrows(() => parseRemote("http://me:%ffSECRET@h/"), TextError);
  assert(!message.includes("SECRET"), message);
});

Deno.test("remoteIndexLocation() adds .lineidx to the key or the path", () => {
  const expected = {
    "s3://bucket/k.jsonl": "s3://bucket/k.jsonl.lineidx",
    "s3://bucket/k?x": "s3://bucket/k?x.lineidx",
    "https://h/a/b.txt": "https://h/a/b.txt.lineidx",
    "https://u:p@h/a%20b?x=1&y#z": "https://u:p@h/a%20b.lineidx?x=1&y",
  };
  for (const [location, index] of Object.entries(expected)) {
    assertEquals(remoteIndexLocation(location), index);
  }
});
