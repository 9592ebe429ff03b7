/** The AssemblyScript sources below a folder, which end in `.as.ts`. */
export function wasmSources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return wasmSources(path);
    return path.endsWith(".as.ts") ? [path] : [];
  }).sort();
}
