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

sceneTest("OutputFile leaves no file if it is not written", async (scene) => {
  (await OutputFile.open(scene.path("new")))[Symbol.dispose]();
  assertEquals([...Deno.readDirSync(scene.directory)], []);
});

sceneTest("OutputFile replaces the target of a link, and keeps its mode", async (scene) => {
  const path = await scene.file("old");
  await Deno.chmod(path, 0o640);
  await Deno.symlink(path, scene.path("link"));
  {
    using file = await OutputFile.open(scene.path("link"));
    await file.write("new");
  }
  assertEquals(await Deno.readTextFile(path), "new");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o640);
  assertEquals((await Deno.lstat(scene.path("link"))).isSymlink, true);
});

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
