const COMPILER = "npm:assemblyscript@0.28.20/asc";

// The memory is the importer's to fill: no allocator, no message where a check fails.
const OPTIONS = ["-O3", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

/** The WebAssembly module that is built from a source. */
export function wasmPathOf(sourcePath: string): string {
  return sourcePath.replace(/\.as\.ts$/, ".wasm");
}

/**
 * Compiles an AssemblyScript source. The same source always gives the same bytes.
 *
 * The compiler is no import of the project: its 100 MB are loaded from npm only where it is used.
 *
 * @param sourcePath the source
 * @param wasmPath where the WebAssembly module is to be
 * @throws {Error} what the compiler says where the source is wrong
 */
export async function compileWasm(sourcePath: string, wasmPath: string): Promise<void> {
  const deno = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-config", "--no-lock", COMPILER]
      .concat(sourcePath, OPTIONS, "-o", wasmPath),
  });
  const { success, stdout, stderr } = await deno.output();
  if (success) return;
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n").trim();
  throw new Error(`Cannot compile: ${sourcePath}: ${said}`);
}
