import { concatReadableStreams } from "@std/streams/concat-readable-streams";
import { writeAll } from "../index/build/write_all.ts";
import { SingleLine } from "../lines/single_line.ts";
import { describeSystemError } from "../source/system_error.ts";
import { parseCommandLine } from "./command_line.ts";
import { EXIT_DONE } from "./exit_code.ts";
import { indexPathOf, prepareIndex } from "./prepare_index.ts";
import type { Subcommand } from "./subcommand.ts";
import { UsageError } from "./usage_error.ts";

/** `linesvr get FILE N`: prints one line, without a server. */
export const getCommand: Subcommand = {
  help: `Usage: linesvr get FILE N [options]

Prints line N of FILE, 1 being the first, and an LF behind it. The index is built where it is missing
or stale. The exit code is 1 where there is no such line.

Options:
  --index PATH   where the index is (default: FILE.lineidx)
  --quiet        say nothing but errors
  --help         show this text`,
  run,
};

const LINE_END = Uint8Array.of(10);

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr get",
    positionals: ["FILE", "N"],
    values: ["index"],
    switches: ["quiet"],
  });
  const [textPath, number] = positionals as [string, string];
  if (!/^[-+]?\d+$/.test(number)) throw new UsageError(`Not a line number: ${number}`);
  const indexPath = indexPathOf(textPath, values.index);
  await prepareIndex({ textPath, indexPath, quiet: switches.quiet });
  using line = await SingleLine.open({ textPath, indexPath, line: Number(number) });
  await print(concatReadableStreams(line.bytes, ReadableStream.from([LINE_END])));
  return EXIT_DONE;
}

async function print(pieces: ReadableStream<Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    try {
      writeAll(Deno.stdout, piece);
    } catch (error) {
      // Who reads no further, as `head -c 80` does, has what it wanted.
      if (error instanceof Deno.errors.BrokenPipe) return;
      throw new Error(`Cannot write to standard output: ${describeSystemError(error)}`);
    }
  }
}
