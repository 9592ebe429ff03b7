import { assert, assertEquals } from "@std/assert";
import { compileWasm, wasmPathOf, wasmSources } from "../../tools/build_wasm/compile_wasm.ts";

Deno.test("compileWasm compiles each source to the checked-in .wasm, byte for byte", async () => {
  const sources = wasmSources("src");
  assert(sources.length > 0);
  const built = await Deno.makeTempFile({ suffix: ".wasm" });
  try {
    for (const source of sources) {
      await compileWasm(source, built);
      const checkedIn = await Deno.readFile(wasmPathOf(source));
      assertEquals(await Deno.readFile(built), checkedIn, wasmPathOf(source));
    }
  } finally {
    await Deno.remove(built);
  }
});

Deno.test("wasmSources has a source for each checked-in .wasm", () => {
  assertEquals(wasmFiles("src"), wasmSources("src").map(wasmPathOf));
});

function wasmFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return wasmFiles(path);
    return path.endsWith(".wasm") ? [path] : [];
  }).sort();
}
