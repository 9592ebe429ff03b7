import { assertEquals } from "@std/assert";
import { buildIndex } from "../../../src/index/build/build_index.ts";
import { accessToIndex, setAccess } from "../../../src/index/build/index_access.ts";
import { latin1, type Places, withPlaces } from "../../support/index_files.ts";

const ignore = Deno.build.os === "windows";
const IS_ROOT = !ignore && Deno.uid() === 0;

function modeOf(path: string): string {
  return (Deno.statSync(path).mode! & 0o777).toString(8);
}

async function build({ textPath, indexPath }: Places, onProgress?: () => void): Promise<void> {
  await buildIndex({ textPath, indexPath, ...(onProgress === undefined ? {} : { onProgress }) });
}

for (
  const [ofText, ofIndex] of [[0o600, "600"], [0o644, "644"], [0o755, "644"], [
    0o440,
    "440",
  ]] as const
) {
  const name = `buildIndex() of a text of mode ${
    ofText.toString(8)
  } gives the index mode ${ofIndex}`;
  Deno.test({
    name,
    ignore,
    fn: () =>
      withPlaces(async (places) => {
        await Deno.writeFile(places.textPath, latin1("one\n"));
        await Deno.chmod(places.textPath, ofText);
        await build(places);
        assertEquals(modeOf(places.indexPath), ofIndex);
      }),
  });
}

Deno.test({
  name: "buildIndex() keeps the mode of the index that it replaces, also through a link",
  ignore,
  fn: () =>
    withPlaces(async (places) => {
      await Deno.writeFile(places.textPath, latin1("one\n"));
      const target = `${places.directory}/target`;
      await Deno.symlink(target, places.indexPath);
      await build(places);
      await Deno.chmod(target, 0o640);
      await build(places);
      assertEquals(modeOf(target), "640");
    }),
});

Deno.test({
  name:
    "buildIndex() lets only its user read the unfinished index, also one that a killed builder left",
  ignore,
  fn: () =>
    withPlaces(async (places) => {
      await Deno.writeFile(places.textPath, latin1("one\n"));
      for (const leavesDraft of [false, true]) {
        if (leavesDraft) await Deno.writeFile(places.draftPath, new Uint8Array(), { mode: 0o666 });
        const modes: string[] = [];
        await build(places, () => modes.push(modeOf(places.draftPath)));
        assertEquals(modes, ["600"]);
      }
    }),
});

Deno.test({
  name: `buildIndex() gives the index the owner and the group of the text${
    IS_ROOT ? "" : " (ignored: needs root)"
  }`,
  ignore: !IS_ROOT,
  fn: () =>
    withPlaces(async (places) => {
      await Deno.writeFile(places.textPath, latin1("one\n"), { mode: 0o640 });
      await Deno.chown(places.textPath, 12345, 23456);
      await build(places);
      const { uid, gid } = await Deno.stat(places.indexPath);
      assertEquals([uid, gid, modeOf(places.indexPath)], [12345, 23456, "640"]);
    }),
});

Deno.test("accessToIndex() is undefined if there is neither an index nor a text", () => {
  assertEquals(accessToIndex(undefined, undefined), undefined);
});

Deno.test({
  name: "setAccess() sets every bit for reading and writing",
  ignore,
  fn: () =>
    withPlaces(({ textPath }) => {
      Deno.writeFileSync(textPath, new Uint8Array(), { mode: 0o600 });
      const { uid, gid } = Deno.statSync(textPath);
      setAccess(textPath, { mode: 0o666, uid, gid });
      assertEquals(modeOf(textPath), "666");
    }),
});
