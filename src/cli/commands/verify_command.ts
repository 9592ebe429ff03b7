import { verifyIndex } from "../../index/build/verify_index.ts";
import { checkText, RAW_HELP } from "./check_text.ts";
import { parseCommandLine } from "../command_line.ts";
import { formatDuration, formatLines, formatSize } from "../units.ts";
import { EXIT_DONE, type Subcommand } from "../subcommand.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { stderrLog } from "../terminal/stderr_log.ts";
import { indexPathOf } from "./prepare_index.ts";
import { Progress } from "../terminal/progress.ts";

/** `linesvr verify FILE`: compares a file with its index, line by line. */
export const verifyCommand: Subcommand = {
  help: `Usage: linesvr verify FILE [options]

Reads FILE completely, and checks that the index has the right start and end of every line. If lines differ,
verify prints the first one, and the exit code is 1.

Options:
  --index PATH   path of the index (default: FILE.lineidx)
  --raw          ${RAW_HELP}
  --quiet        print only errors
  --help         show this text`,
  run,
};

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr verify",
    positionals: ["FILE"],
    values: ["index"],
    switches: ["raw", "quiet"],
  });
  const textPath = positionals[0]!;
  const indexPath = indexPathOf(textPath, values.index);
  await checkText(textPath, switches);
  const progress = switches.quiet ? undefined : new Progress("verifying");
  const { lines, textBytes, appendedBytes } = await interruptible(
    "The file was not verified completely.",
    () =>
      verifyIndex({
        textPath,
        indexPath,
        onProgress: (doneBytes, allBytes) => progress?.update(doneBytes, allBytes),
      }),
  ).finally(() => progress?.clear());
  if (progress !== undefined) {
    const took = formatDuration(progress.elapsedMs);
    const appended = appendedBytes === 0
      ? ""
      : `; ${formatSize(appendedBytes)} were appended after the index was built`;
    stderrLog.log(
      `verified ${formatLines(lines)}, ${
        formatSize(textBytes)
      } in ${took}: no differences${appended}`,
    );
  }
  return EXIT_DONE;
}
