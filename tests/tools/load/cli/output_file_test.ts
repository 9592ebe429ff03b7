import { assertEquals, assertRejects } from "@std/assert";
import { OutputFile } from "../../../../tools/load/cli/output_file.ts";
import { sceneTest } from "../../../support/e2e_scene.ts";

sceneTest(
  "OutputFile keeps the old content until it is written, then has only the new",
  async (scene) => {
    const path = await scene.file("the old content, which is longer");
    using file = await OutputFile.open(path);
    assertEquals(await Deno.readTextFile(path), "the old content, which is longer");
    await file.write("new");
    assertEquals(await Deno.readTextFile(path), "new");
  },
);

sceneTest("OutputFile writes to a device", async () => {
  using file = await OutputFile.open("/dev/null");
  await file.write("new");
});

sceneTest("OutputFile.open throws and names the file if it cannot be written", async (scene) => {
  await assertRejects(
    () => OutputFile.open(scene.path("no/such")),
    Error,
    `Cannot write file: ${scene.path("no/such")} (no such file or directory). `,
  );
  await assertRejects(() => OutputFile.open(scene.directory), Error, "Cannot write file: ");
});
