import asc from "assemblyscript/asc";

// The memory is the importer's to fill: no allocator, no message where a check fails.
const OPTIONS = ["-O3", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

/** The WebAssembly module that is built from a source. */
export function wasmPathOf(sourcePath: string): string {
  return sourcePath.replace(/\.as\.ts$/, ".wasm");
}

/**
 * Compiles an AssemblyScript source. The same source always gives the same bytes.
 *
 * @throws {Error} what the compiler says where the source is wrong
 */
export async function compileWasm(sourcePath: string): Promise<Uint8Array> {
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main([sourcePath, ...OPTIONS, "-o", wasmPathOf(sourcePath)], {
    readFile: (name: string) => Deno.readTextFile(name).catch(() => null),
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (contents instanceof Uint8Array) compiled = contents;
    },
  });
  if (error !== null || compiled === undefined) {
    throw new Error(`Cannot compile: ${sourcePath}: ${stderr}`, { cause: error });
  }
  return compiled;
}
