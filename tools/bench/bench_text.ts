import { TextGenerator, type TextOptions } from "../generate/text_generator.ts";
import { writeFile } from "../generate/write_file.ts";

/** A text that something is measured on. */
export interface BenchText {
  /** Its file's name, without `.txt`. */
  readonly name: string;
  /** What it is, for people. */
  readonly what: string;
  /** How it is made. */
  readonly text: TextOptions;
}

/**
 * Makes a text where it is not there yet.
 *
 * @param directory where it is, or is made; there is such a directory
 * @param signal stops the making: its reason is thrown
 * @returns its path
 */
export async function ensureText(
  directory: string,
  bench: BenchText,
  signal?: AbortSignal,
): Promise<string> {
  const path = `${directory}/${bench.name}.txt`;
  const found = await Deno.stat(path).catch(() => undefined);
  if (found !== undefined) return path;
  console.error(`making ${path}: ${bench.what}`);
  const generator = new TextGenerator(bench.text);
  await writeFile(path, {
    fill: (chunk) => generator.fill(chunk),
    ...(signal !== undefined && { signal }),
  });
  return path;
}
