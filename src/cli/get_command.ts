import { concatReadableStreams } from "@std/streams/concat-readable-streams";
import type { LineSink } from "../lines/lines.ts";
import { openLines } from "../lines/open_lines.ts";
import { describeSystemError } from "../source/messages.ts";
import { parseCommandLine } from "./command_line.ts";
import { EXIT_DONE, type Subcommand, UsageError } from "./subcommand.ts";
import { formatLines } from "./units.ts";
import { indexPathOf, prepareIndex } from "./prepare_index.ts";

/** `linesvr get FILE N`: prints one line, without a server. */
export const getCommand: Subcommand = {
  help: `Usage: linesvr get FILE N [options]

Prints line N of FILE, followed by an LF. The first line is line 1. If the index is missing or out of date,
the index is built first. If the file has no line N, the exit code is 1.

Options:
  --index PATH   path of the index (default: FILE.lineidx)
  --trust-index  if only the modification time of FILE has changed, do not compare FILE with the index
  --quiet        print only errors
  --help         show this text`,
  run,
};

const LINE_END = Uint8Array.of(10);

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr get",
    positionals: ["FILE", "N"],
    values: ["index"],
    switches: ["trust-index", "quiet"],
  });
  const [textPath, number] = positionals as [string, string];
  if (!/^[-+]?\d+$/.test(number)) throw new UsageError(`Not a line number: ${number}.`);
  const indexPath = indexPathOf(textPath, values.index);
  const { quiet, "trust-index": trustIndex } = switches;
  const { checked } = await prepareIndex({ textPath, indexPath, trustIndex, quiet });
  await using lines = await openLines({
    textPath,
    indexPath,
    checked,
    cacheBytes: 0,
    mayBlock: true,
  });
  try {
    await lines.read([Number(number)], printer(textPath, lines.count));
  } catch (error) {
    // A reader that stops early, such as `head -c 80`, has what it wanted.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  return EXIT_DONE;
}

// Prints lines to standard output; a line that does not exist or cannot be read is an error.
function printer(textPath: string, count: number): LineSink {
  return {
    line: (bytes, start, end) => {
      print(bytes.subarray(start, end));
      print(LINE_END);
    },
    longLine: async (_byteLength, content) => {
      const line = concatReadableStreams(content, ReadableStream.from([LINE_END]));
      for await (const chunk of line) print(chunk);
    },
    missing: (lineNumber) => {
      throw new RangeError(`No such line: ${lineNumber} (${textPath} has ${formatLines(count)}).`);
    },
    failed: (_lineNumber, error) => {
      throw error;
    },
    flush: () => undefined,
  };
}

function print(bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw error;
    throw new Error(`Cannot write to standard output (${describeSystemError(error)}).`);
  }
}
