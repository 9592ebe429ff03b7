const COMPILER = "npm:assemblyscript@0.28.20/asc";

// The importer manages the memory, so there is no allocator; failed checks have no message.
const OPTIONS = ["-O3", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

export function wasmPathOf(sourcePath: string): string {
  return sourcePath.replace(/\.as\.ts$/, ".wasm");
}

/**
 * Compiles an AssemblyScript source. The same source always gives the same bytes.
 *
 * The compiler is not a dependency of the project: its 100 MB are downloaded only when it is used.
 *
 * @throws {Error} with the compiler's messages if the source is invalid
 */
export async function compileWasm(sourcePath: string, wasmPath: string): Promise<void> {
  const deno = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-config", "--no-lock", COMPILER]
      .concat(sourcePath, OPTIONS, "-o", wasmPath),
  });
  const { success, stdout, stderr } = await deno.output();
  if (success) return;
  const messages = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n")
    .trim();
  throw new Error(`Cannot compile: ${sourcePath}\n${messages}`);
}

/** Lists the AssemblyScript sources in a folder and its subfolders. */
export function wasmSources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return wasmSources(path);
    return path.endsWith(".as.ts") ? [path] : [];
  }).sort();
}
