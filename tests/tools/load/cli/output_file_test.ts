import { assertEquals, assertRejects } from "@std/assert";
import { OutputFile } from "../../../../tools/load/cli/output_file.ts";
import { sceneTest } from "../../../support/e2e_scene.ts";

sceneTest(
  "An output file keeps what it held until it is written, and then has only that",
  async (scene) => {
    const path = await scene.file("what was there before");
    using file = await OutputFile.open(path);
    assertEquals(await Deno.readTextFile(path), "what was there before");
    await file.write("new");
    assertEquals(await Deno.readTextFile(path), "new");
  },
);

sceneTest("An output file may be a device", async () => {
  using file = await OutputFile.open("/dev/null");
  await file.write("new");
});

sceneTest("An output file that cannot be opened is named", async (scene) => {
  await assertRejects(
    () => OutputFile.open(scene.path("no/such")),
    Error,
    `Cannot write file: no such file or directory: ${scene.path("no/such")}`,
  );
  await assertRejects(() => OutputFile.open(scene.directory), Error, "Cannot write file: ");
});
