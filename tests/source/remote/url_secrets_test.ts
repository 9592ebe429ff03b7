import { assertEquals } from "@std/assert";
import { withoutUrlSecrets } from "../../../src/source/remote/url_secrets.ts";

Deno.test("withoutUrlSecrets() keeps only the place of each URL, and the rest of the text", () => {
  const cases = [
    ["Not a line number: http://me:pw@h/a?t=pw#f. See x.", "Not a line number: http://h/a. See x."],
    ["(https://me:p@w@h:8080/a?t=pw)", "(https://h:8080/a)"],
    ["Cannot read: http:/me:pw@h/a?t=pw (no)", "Cannot read: http:/h/a (no)"],
    ["ftp://me:pw@h and https://h2?t=pw", "ftp://h and https://h2"],
    ["s3://b/me@x?y#z.jsonl (gone)", "s3://b/me@x?y#z.jsonl (gone)"],
    ["http://h/a@b/c%3Fd: what?", "http://h/a@b/c%3Fd: what?"],
    ["a?b#c me@home: /x?y", "a?b#c me@home: /x?y"],
  ] as const;
  for (const [text, expected] of cases) assertEquals(withoutUrlSecrets(text), expected);
});
