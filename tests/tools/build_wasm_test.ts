import { assert, assertEquals } from "@std/assert";
import { compileWasm, wasmPathOf } from "../../tools/build_wasm/compile_wasm.ts";
import { wasmSources } from "../../tools/build_wasm/wasm_sources.ts";

Deno.test("every checked-in .wasm is the build of the source beside it", async () => {
  const sources = wasmSources("src");
  assert(sources.length > 0);
  for (const source of sources) {
    const built = await compileWasm(source);
    assertEquals(built, await Deno.readFile(wasmPathOf(source)), wasmPathOf(source));
  }
});

Deno.test("there is no .wasm without a source", () => {
  const wasm = ["src/text", "src/index"].flatMap((folder) =>
    [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
  ).filter((path) => path.endsWith(".wasm"));
  assertEquals(wasm.sort(), wasmSources("src").map(wasmPathOf));
});
