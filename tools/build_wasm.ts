/**
 * Builds the WebAssembly modules: for every `NAME.as.ts` in `src` the `NAME.wasm` beside it.
 *
 * @module
 */
import { compileWasm, wasmPathOf } from "./build_wasm/compile_wasm.ts";
import { wasmSources } from "./build_wasm/wasm_sources.ts";

if (import.meta.main) {
  for (const source of wasmSources("src")) {
    await compileWasm(source, wasmPathOf(source));
    console.log(wasmPathOf(source));
  }
}
