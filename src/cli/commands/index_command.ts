import { LINES_PER_PAGE_DEFAULT, LINES_PER_PAGE_MAX } from "../../index/format/layout.ts";
import { formatCount } from "../../source/messages.ts";
import { locationName } from "../../source/remote/remote_location.ts";
import { RAW_HELP } from "./check_text.ts";
import { parseCommandLine, parseInteger } from "../command_line.ts";
import { EXIT_DONE, type Subcommand } from "../subcommand.ts";
import { formatLines } from "../units.ts";
import { stderrLog } from "../terminal/stderr_log.ts";
import { expandFiles, FILES_HELP } from "./file_arguments.ts";
import { INDEX_HELP, withIndexPaths } from "./index_paths.ts";
import { TRUST_INDEX_HELP } from "./prepare_index.ts";
import { prepareIndexes } from "./prepare_indexes.ts";

/** `linesvr index FILE…`: builds the indexes of files. */
export const indexCommand: Subcommand = {
  help: `Usage: linesvr index FILE... [options]

Builds the index of FILE if it is missing, damaged or out of date. If FILE has grown, only the added lines are
indexed. If the modification time of a FILE over 4 MiB has changed, FILE is compared with the index first.
Several indexes are built at a time.

${FILES_HELP}

Options:
  --index PATH         ${INDEX_HELP}
  --lines-per-page N   number of lines per page, 1 to ${formatCount(LINES_PER_PAGE_MAX)}
                       (default: ${formatCount(LINES_PER_PAGE_DEFAULT)})
  --force              build the index even if it is up to date
  --trust-index        ${TRUST_INDEX_HELP}
  --raw                ${RAW_HELP}
  --quiet              print only errors
  --help               show this text`,
  run,
};

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr index",
    positionals: ["FILE"],
    lastPositional: "repeatable",
    values: ["index", "lines-per-page"],
    switches: ["force", "trust-index", "raw", "quiet"],
  });
  const files = withIndexPaths(await expandFiles(positionals), values.index);
  const lines = values["lines-per-page"];
  const prepared = await prepareIndexes({
    files,
    raw: switches.raw,
    linesPerPage: lines === undefined
      ? undefined
      : parseInteger(lines, "--lines-per-page", 1, LINES_PER_PAGE_MAX),
    force: switches.force,
    trustIndex: switches["trust-index"],
    check: "pages",
    quiet: switches.quiet,
  });
  if (prepared.every(({ built }) => built === undefined) && !switches.quiet) {
    const lines = prepared.reduce((sum, { checked }) => sum + checked.header.lines, 0);
    const what = files.length === 1
      ? `index is up to date: ${locationName(files[0]!.indexPath)}`
      : `indexes of ${formatCount(files.length)} files are up to date`;
    stderrLog.log(`${what} (${formatLines(lines)})`);
  }
  return EXIT_DONE;
}
