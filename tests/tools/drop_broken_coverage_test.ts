import { assertEquals } from "@std/assert";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const PROGRAM = new URL("../../tools/drop_broken_coverage.ts", import.meta.url).pathname;

Deno.test("drop_broken_coverage removes truncated .json files and keeps all others", async () => {
  await inTemporaryDirectory(async (directory) => {
    const files = {
      "whole.json": "{}",
      "empty.json": "",
      "part.json": '{"a":[1,',
      "other.txt": "",
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    const args = ["run", "--allow-read", "--allow-write", PROGRAM, directory];
    const { code } = await new Deno.Command(Deno.execPath(), { args }).output();
    assertEquals(code, 0);
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    assertEquals(names, ["other.txt", "whole.json"]);
  });
});
