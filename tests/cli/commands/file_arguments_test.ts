import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { expandFiles, FILES_MAX, parseList } from "../../../src/cli/commands/file_arguments.ts";
import { UsageError } from "../../../src/cli/subcommand.ts";

Deno.test("parseList() returns paths relative to the list, without comments and blank lines", () => {
  const text = "\uFEFF# all\r\na b\r\n\r\n  \n/x/y\nsub/c\ns3://bucket/d\n./@e\na b";
  assertEquals(parseList(text, "dir/list"), [
    "dir/a b",
    "/x/y",
    "dir/sub/c",
    "s3://bucket/d",
    "dir/./@e",
    "dir/a b",
  ]);
  assertEquals(parseList("a\n", "list"), ["a"]);
});

Deno.test("parseList() refuses a list in a list", () => {
  assertThrows(() => parseList("a\n@b\n", "list"), UsageError, "List in a list: @b (in list)");
});

Deno.test("expandFiles() refuses more than FILES_MAX files", async () => {
  assertEquals(await expandFiles(["b", "./@a", "b"]), ["b", "./@a", "b"]);
  const many = Array(FILES_MAX + 1).fill("a");
  await assertRejects(() => expandFiles(many), UsageError, "Too many files");
});
