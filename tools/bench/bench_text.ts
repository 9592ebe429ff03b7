import { TextGenerator, type TextOptions } from "../generate/text_generator.ts";
import { writeFile } from "../generate/write_file.ts";

/** A generated file for benchmarks. */
export interface BenchText {
  /** The file's name without `.txt`. */
  readonly name: string;
  /** A description for people. */
  readonly what: string;
  readonly text: TextOptions;
}

export const SHORT_TEXT: BenchText = {
  name: "short",
  what: "1 GB, lines of 1 to 98 bytes plus LF",
  text: { lineCount: 20_000_000, longestBytes: 98 },
};

export const LARGE_TEXT: BenchText = {
  name: "large",
  what: "10 GB, lines of 1 to 1,860 bytes plus LF",
  text: { lineCount: 11_000_000, longestBytes: 1_860 },
};

/**
 * Creates a file if it does not exist.
 *
 * @param signal aborts with its reason
 * @returns the file's path
 */
export async function ensureText(
  directory: string,
  bench: BenchText,
  signal?: AbortSignal,
): Promise<string> {
  const path = `${directory}/${bench.name}.txt`;
  const info = await Deno.stat(path).catch(() => undefined);
  if (info !== undefined) return path;
  console.error(`creating ${path}: ${bench.what}`);
  const generator = new TextGenerator(bench.text);
  await writeFile(path, {
    fill: (chunk) => generator.fill(chunk),
    ...(signal !== undefined && { signal }),
  });
  return path;
}
