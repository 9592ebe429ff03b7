/**
 * Writes a file of numbered lines: `deno task generate FILE [options]`.
 *
 * @module
 */
import { parseChoice, parseCommandLine, parseInteger } from "../src/cli/command_line.ts";
import { EXIT_DONE, UsageError } from "../src/cli/subcommand.ts";
import { onInterrupt } from "../src/cli/terminal/interrupt.ts";
import { runProgram } from "../src/cli/run_program.ts";
import { describeSystemError } from "../src/source/messages.ts";
import { type Terminator, TextGenerator } from "./generate/text_generator.ts";
import { writeFile } from "./generate/write_file.ts";

const HELP = `Usage: deno task generate FILE [options]

Writes a file of numbered lines of random printable ASCII for experiments.

Options:
  --lines N              number of lines (default: 1000000)
  --shortest N           length of the shortest line in bytes, without terminator (default: 1)
  --longest N            length of the longest line in bytes, without terminator (default: 98)
  --seed N               seed of the random numbers; a different seed generates different lines (default: 1)
  --terminator lf|crlf   terminator of each line (default: lf)
  --no-final-terminator  omit the terminator of the last line
  --force                replace FILE if it exists
  --help                 show this text`;

const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

function createGenerator(
  values: Readonly<
    Partial<Record<"lines" | "longest" | "seed" | "shortest" | "terminator", string>>
  >,
  finalTerminator: boolean,
): TextGenerator {
  const number = (flag: "lines" | "longest" | "seed" | "shortest") =>
    values[flag] === undefined ? undefined : parseInteger(values[flag], `--${flag}`, 0, NUMBER_MAX);
  const terminator = parseChoice<Terminator>(values.terminator ?? "lf", "--terminator", [
    "lf",
    "crlf",
  ]);
  try {
    return new TextGenerator({
      lineCount: number("lines"),
      shortestBytes: number("shortest"),
      longestBytes: number("longest"),
      seed: number("seed"),
      terminator,
      finalTerminator,
    });
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

async function generate(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "deno task generate",
    positionals: ["FILE"],
    values: ["lines", "longest", "seed", "shortest", "terminator"],
    switches: ["force", "no-final-terminator"],
  });
  const path = positionals[0]!;
  const generator = createGenerator(values, !switches["no-final-terminator"]);
  const startedMs = performance.now();
  const interrupted = new AbortController();
  // Otherwise Ctrl-C would leave the partial file behind.
  using _listening = onInterrupt(() => interrupted.abort(new Error("interrupted")));
  const totalBytes = await writeFile(path, {
    fill: (chunk) => generator.fill(chunk),
    replace: switches.force,
    signal: interrupted.signal,
  }).catch((error) => {
    throw new Error(`Cannot write file: ${path} (${causeOf(error)}). ${remedyFor(error)}`);
  });
  console.error(summarize(path, generator.lineCount, totalBytes, performance.now() - startedMs));
  return EXIT_DONE;
}

function causeOf(error: unknown): string {
  if (error instanceof Deno.errors.AlreadyExists) return "file exists";
  return describeSystemError(error);
}

function remedyFor(error: unknown): string {
  if (error instanceof Deno.errors.AlreadyExists) return "Choose another name, or pass --force.";
  return "Choose another place.";
}

function summarize(path: string, lineCount: number, totalBytes: number, ms: number): string {
  const seconds = ms / 1_000;
  const rate = Math.round(totalBytes / 1e6 / Math.max(seconds, 0.001));
  const [lines, bytes] = [lineCount, totalBytes].map((count) => count.toLocaleString("en-US"));
  return `wrote ${path}: ${lines} lines, ${bytes} bytes in ${seconds.toFixed(2)} s (${rate} MB/s)`
    .replaceAll(/[\r\n]+/g, " ");
}

if (import.meta.main) {
  const exitCode = await runProgram("generate", () => {
    if (!Deno.args.includes("--help")) return generate(Deno.args);
    console.log(HELP);
    return Promise.resolve(EXIT_DONE);
  });
  Deno.exit(exitCode);
}
