import { assertEquals } from "@std/assert";
import { readHeader } from "../../src/index/index_reader.ts";
import { findRecordedState } from "../../src/index/recorded_state.ts";
import { SeveralFiles } from "../support/several_files.ts";

Deno.test("findRecordedState() finds an index only if size and time of the file are as recorded", async () => {
  await using files = await SeveralFiles.create(["one\ntwo\n"]);
  const { textPath, indexPath, checked } = files.files[0]!;
  const found = await findRecordedState(textPath, indexPath, false);
  assertEquals(found, {
    fileBytes: 8,
    checked: { header: readHeader(indexPath), text: checked!.text },
  });
  await Deno.utime(textPath, 1_000_000_001.5, 1_000_000_001.5);
  const unsure = { fileBytes: 8, checked: undefined };
  assertEquals(await findRecordedState(textPath, indexPath, false), unsure);
  await Deno.remove(indexPath);
  assertEquals(await findRecordedState(textPath, indexPath, false), unsure);
});
