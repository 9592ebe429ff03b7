/**
 * Removes files that are not valid JSON from a folder of raw coverage: `drop_broken_coverage.ts FOLDER`.
 * If a process exits while one of its threads writes coverage, the file is truncated, and `deno
 * coverage` would fail. The removed coverage is lost.
 *
 * @module
 */

function isValid(path: string): boolean {
  try {
    JSON.parse(Deno.readTextFileSync(path));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    console.error("drop_broken_coverage: Missing argument: FOLDER");
    Deno.exit(2);
  }
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isFile && name.endsWith(".json") && !isValid(path)) Deno.removeSync(path);
  }
}
