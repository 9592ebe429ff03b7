/**
 * Compiles each `NAME.as.ts` in `src` to `NAME.wasm`: `deno task build-wasm`.
 *
 * @module
 */
import { compileWasm, wasmPathOf, wasmSources } from "./build_wasm/compile_wasm.ts";

if (import.meta.main) {
  for (const source of wasmSources("src")) {
    await compileWasm(source, wasmPathOf(source));
    console.log(wasmPathOf(source));
  }
}
