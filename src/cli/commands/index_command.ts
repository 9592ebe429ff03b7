import { LINES_PER_PAGE_DEFAULT, LINES_PER_PAGE_MAX } from "../../index/format/layout.ts";
import { formatCount } from "../../source/messages.ts";
import { checkText, RAW_HELP } from "./check_text.ts";
import { parseCommandLine, parseInteger } from "../command_line.ts";
import { EXIT_DONE, type Subcommand } from "../subcommand.ts";
import { formatLines } from "../units.ts";
import { stderrLog } from "../terminal/stderr_log.ts";
import { indexPathOf, prepareIndex, TRUST_INDEX_HELP } from "./prepare_index.ts";

/** `linesvr index FILE`: builds the index of a file. */
export const indexCommand: Subcommand = {
  help: `Usage: linesvr index FILE [options]

Builds the index of FILE if it is missing, damaged or out of date. If FILE has grown, only the added lines are
indexed. If the modification time of a FILE over 4 MiB has changed, FILE is compared with the index first.

Options:
  --index PATH         path of the index (default: FILE.lineidx)
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
    values: ["index", "lines-per-page"],
    switches: ["force", "trust-index", "raw", "quiet"],
  });
  const textPath = positionals[0]!;
  const indexPath = indexPathOf(textPath, values.index);
  const lines = values["lines-per-page"];
  await checkText(textPath, switches);
  const { built, checked } = await prepareIndex({
    textPath,
    indexPath,
    linesPerPage: lines === undefined
      ? undefined
      : parseInteger(lines, "--lines-per-page", 1, LINES_PER_PAGE_MAX),
    force: switches.force,
    trustIndex: switches["trust-index"],
    raw: switches.raw,
    check: "pages",
    quiet: switches.quiet,
  });
  if (built === undefined && !switches.quiet) {
    stderrLog.log(
      `index is up to date: ${indexPath} (${formatLines(checked.header.lines)})`,
    );
  }
  return EXIT_DONE;
}
