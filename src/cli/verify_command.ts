import { verifyIndex } from "../index/build/verify_index.ts";
import { parseCommandLine } from "./command_line.ts";
import { formatDuration } from "./duration.ts";
import { EXIT_DONE } from "./exit_code.ts";
import { formatLines } from "./line_count.ts";
import { indexPathOf } from "./prepare_index.ts";
import { Progress } from "./progress.ts";
import { formatSize } from "./size.ts";
import type { Subcommand } from "./subcommand.ts";

/** `linesvr verify FILE`: compares text and index line by line. */
export const verifyCommand: Subcommand = {
  help: `Usage: linesvr verify FILE [options]

Reads FILE and its index through, and says whether every line is where the index says. The exit code is
1 where one is not, with the first that differs.

Options:
  --index PATH   where the index is (default: FILE.lineidx)
  --quiet        say nothing but errors
  --help         show this text`,
  run,
};

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr verify",
    positionals: ["FILE"],
    values: ["index"],
    switches: ["quiet"],
  });
  const textPath = positionals[0]!;
  const progress = switches.quiet ? undefined : new Progress("verifying");
  const { lines, textBytes } = await verifyIndex({
    textPath,
    indexPath: indexPathOf(textPath, values.index),
    onProgress: (doneBytes, allBytes) => progress?.update(doneBytes, allBytes),
  }).finally(() => progress?.clear());
  if (progress !== undefined) {
    const took = formatDuration(progress.elapsedMs);
    console.error(
      `verified ${formatLines(lines)}, ${formatSize(textBytes)} in ${took}: all right`,
    );
  }
  return EXIT_DONE;
}
