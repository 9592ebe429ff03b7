/**
 * Writes a text file to try things on: `deno task generate FILE [options]`, see `--help`.
 *
 * Exit codes: 0 written whole, 1 not written, 2 the command line was wrong.
 *
 * @module
 */

import { type Command, HELP, parseCommandLine, UsageError } from "./generate/command_line.ts";
import { explainWriteError } from "./generate/explain_write_error.ts";
import { TextGenerator } from "./generate/text_generator.ts";
import { writeFile } from "./generate/write_file.ts";

/** One line on standard error, even where a file name has a line break. */
function say(text: string): void {
  console.error(text.replaceAll(/[\r\n]+/g, " "));
}

function summarize(path: string, lineCount: number, totalBytes: number, ms: number): string {
  const seconds = ms / 1000;
  const rate = Math.round(totalBytes / 1e6 / Math.max(seconds, 0.001));
  const [lines, bytes] = [lineCount, totalBytes].map((count) => count.toLocaleString("en-US"));
  return `Wrote ${path}: ${lines} lines, ${bytes} bytes in ${seconds.toFixed(2)} s (${rate} MB/s)`;
}

function makeGenerator(command: Command & { kind: "write" }): TextGenerator {
  try {
    return new TextGenerator(command.text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/** Without this Ctrl-C ends the process at once and leaves the partial file behind. */
function abortAtInterrupt(): { signal: AbortSignal; [Symbol.dispose](): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  Deno.addSignalListener("SIGINT", abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", abort),
  };
}

async function writeText(command: Command & { kind: "write" }): Promise<number> {
  const generator = makeGenerator(command);
  const startedMs = performance.now();
  using interrupt = abortAtInterrupt();
  try {
    const totalBytes = await writeFile(command.path, {
      fill: (chunk) => generator.fill(chunk),
      replace: command.replace,
      signal: interrupt.signal,
    });
    const ms = performance.now() - startedMs;
    say(summarize(command.path, generator.lineCount, totalBytes, ms));
    return 0;
  } catch (error) {
    say(`Cannot write ${command.path}: ${explainWriteError(error)}`);
    return 1;
  }
}

/**
 * Does what the command line says.
 *
 * @param args The words behind the program's name.
 * @returns The exit code: 0 done, 1 the file could not be written, 2 the command line was wrong.
 *
 * @example Asking for help
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { main } from "./generate.ts";
 *
 * assertEquals(await main(["--help"]), 0);
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(args);
    if (command.kind === "write") return await writeText(command);
    console.log(HELP.trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`Wrong command line: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
