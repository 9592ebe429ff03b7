import { assertEquals, assertThrows } from "@std/assert";
import { withIndexPaths } from "../../../src/cli/commands/index_paths.ts";
import { UsageError } from "../../../src/cli/subcommand.ts";

Deno.test("withIndexPaths() refuses two files with one name, and names URLs without secrets", async () => {
  const directory = await Deno.makeTempDir({ prefix: "linesvr-test-" });
  try {
    const urls = ["a", "b"].map((folder) => `https://user:pw@host.test/${folder}/x?token=SECRET`);
    const error = assertThrows(() => withIndexPaths(urls, directory), UsageError);
    assertEquals(
      error.message,
      "Two files with one name: https://host.test/a/x and https://host.test/b/x. " +
        "Leave out --index, or rename one of them.",
    );
  } finally {
    await Deno.remove(directory);
  }
});
