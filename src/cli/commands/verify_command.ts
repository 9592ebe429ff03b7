import { verifyIndex } from "../../index/build/verify_index.ts";
import { checkText, type CheckTextOptions, RAW_HELP } from "./check_text.ts";
import { locationName } from "../../source/remote/remote_location.ts";
import { parseCommandLine } from "../command_line.ts";
import { formatDuration, formatLines, formatSize } from "../units.ts";
import { EXIT_DONE, type Subcommand } from "../subcommand.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { stderrLog } from "../terminal/stderr_log.ts";
import { expandFiles, FILES_HELP } from "./file_arguments.ts";
import { INDEX_HELP, type IndexedFile, withIndexPaths } from "./index_paths.ts";
import { Progress } from "../terminal/progress.ts";

/** `linesvr verify FILE…`: compares files with their indexes, line by line. */
export const verifyCommand: Subcommand = {
  help: `Usage: linesvr verify FILE... [options]

Reads FILE completely, and checks that the index has the right start and end of every line. If lines differ,
verify prints the first one, and the exit code is 1. Several FILEs are read one after the other.

${FILES_HELP}

Options:
  --index PATH   ${INDEX_HELP}
  --raw          ${RAW_HELP}
  --quiet        print only errors
  --help         show this text`,
  run,
};

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr verify",
    positionals: ["FILE"],
    lastPositional: "repeatable",
    values: ["index"],
    switches: ["raw", "quiet"],
  });
  const files = withIndexPaths(await expandFiles(positionals), values.index);
  for (const file of files) {
    await verify(file, switches, files.length === 1 ? "" : `${locationName(file.textPath)}: `);
  }
  return EXIT_DONE;
}

async function verify(
  { textPath, indexPath }: IndexedFile,
  switches: CheckTextOptions,
  shownName: string,
): Promise<void> {
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
      `verified ${shownName}${formatLines(lines)}, ${
        formatSize(textBytes)
      } in ${took}: no differences${appended}`,
    );
  }
}
