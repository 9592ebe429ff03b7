import { RAW_HELP } from "./check_text.ts";
import { parseCommandLine } from "../command_line.ts";
import { expandFiles, FILES_HELP } from "./file_arguments.ts";
import { INDEX_HELP, withIndexPaths } from "./index_paths.ts";
import { TRUST_INDEX_HELP } from "./prepare_index.ts";
import { prepareIndexes } from "./prepare_indexes.ts";
import { printLine } from "../terminal/stdout.ts";
import { EXIT_DONE, type Subcommand } from "../subcommand.ts";

/** `linesvr count FILE…`: prints the number of lines. */
export const countCommand: Subcommand = {
  help: `Usage: linesvr count FILE... [options]

Prints the number of lines of FILE, or of all FILEs together. If an index is missing or out of date, the index
is built first. If FILE does not end with a line end, the bytes after the last line end are a line.

${FILES_HELP}

Options:
  --index PATH   ${INDEX_HELP}
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
    lastPositional: "repeatable",
    values: ["index"],
    switches: ["trust-index", "raw", "quiet"],
  });
  const files = withIndexPaths(await expandFiles(positionals), values.index);
  const { quiet, raw, "trust-index": trustIndex } = switches;
  const prepared = await prepareIndexes({ files, raw, trustIndex, quiet });
  const lines = prepared.reduce((sum, { checked }) => sum + checked.header.lines, 0);
  await printLine(`${lines}`);
  return EXIT_DONE;
}
