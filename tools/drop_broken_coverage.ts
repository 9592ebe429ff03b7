/**
 * Removes what is no whole JSON from a folder of raw coverage: `drop_broken_coverage.ts FOLDER`. A process
 * that ends while a thread of it writes what it covered leaves a part of a file, and `deno coverage`
 * reads none of them then. What is removed counts as not covered.
 *
 * @module
 */

function isWhole(path: string): boolean {
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
    console.error("drop_broken_coverage: No folder named: name the one that has the coverage");
    Deno.exit(2);
  }
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isFile && name.endsWith(".json") && !isWhole(path)) Deno.removeSync(path);
  }
}
