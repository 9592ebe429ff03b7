import { checkText, RAW_HELP } from "./check_text.ts";
import { parseCommandLine } from "../command_line.ts";
import { indexPathOf, prepareIndex, TRUST_INDEX_HELP } from "./prepare_index.ts";
import { printLine } from "../terminal/stdout.ts";
import { EXIT_DONE, type Subcommand } from "../subcommand.ts";

/** `linesvr count FILE`: prints the number of lines. */
export const countCommand: Subcommand = {
  help: `Usage: linesvr count FILE [options]

Prints the number of lines of FILE. If the index is missing or out of date, the index is built first. If FILE
does not end with a line end, the bytes after the last line end are a line.

Options:
  --index PATH   path of the index (default: FILE.lineidx)
  --trust-index  ${TRUST_INDEX_HELP}
  --raw          ${RAW_HELP}
  --quiet        print only errors and the number
  --help         show this text`,
  run,
};

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr count",
    positionals: ["FILE"],
    values: ["index"],
    switches: ["trust-index", "raw", "quiet"],
  });
  const textPath = positionals[0]!;
  const indexPath = indexPathOf(textPath, values.index);
  await checkText(textPath, switches);
  const { quiet, raw, "trust-index": trustIndex } = switches;
  const { checked } = await prepareIndex({ textPath, indexPath, trustIndex, raw, quiet });
  await printLine(`${checked.header.lines}`);
  return EXIT_DONE;
}
