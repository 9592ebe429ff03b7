import type { Lines } from "../../lines/lines.ts";
import { openServed } from "../../lines/open_served.ts";
import { describeFiles, describeSystemError } from "../../source/messages.ts";
import { RAW_HELP } from "./check_text.ts";
import { locationName } from "../../source/remote/remote_location.ts";
import { parseCommandLine } from "../command_line.ts";
import { LinePrinter } from "./line_printer.ts";
import {
  parseSelector,
  readSelectors,
  resolveSelector,
  type SelectableText,
  type Selector,
} from "./line_selectors.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { expandFiles } from "./file_arguments.ts";
import { INDEX_HELP, withIndexPaths } from "./index_paths.ts";
import { TRUST_INDEX_HELP } from "./prepare_index.ts";
import { prepareIndexes } from "./prepare_indexes.ts";
import { ClosedOutputError, writeStdout } from "../terminal/stdout.ts";
import { EXIT_DONE, type Subcommand, UsageError } from "../subcommand.ts";

/** `linesvr get FILE N…`: prints lines, without a server. */
export const getCommand: Subcommand = {
  help: `Usage: linesvr get FILE N... [options]

Prints lines of FILE, each followed by an LF. The first line is line 1. If the index is missing or out of
date, the index is built first. N is one of:

  5      line 5; if there is no such line, the exit code is 1
  5-10   lines 5 to 10
  5-     line 5 and all later lines
  -5     the last 5 lines
  -      reads any of these from standard input, separated by blanks or line ends

A range contains only lines that exist, so a range can be empty.

For several files, write @LIST instead of FILE. The file LIST has one path per line, relative to the
directory of LIST. The lines are numbered consecutively across these files. "linesvr serve --help" lists what
FILE can be.

Options:
  --index PATH   ${INDEX_HELP}
  --trust-index  ${TRUST_INDEX_HELP}
  --raw          ${RAW_HELP}
  --quiet        print only errors and the lines
  --help         show this text`,
  run,
};

const STANDARD_INPUT = "-";

// Enough for the index pages and the blocks of neighbouring lines.
const CACHE_BYTES = 4 * 1024 * 1024;

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(args, {
    command: "linesvr get",
    positionals: ["FILE", "N"],
    lastPositional: "repeatable",
    values: ["index"],
    switches: ["trust-index", "raw", "quiet"],
  });
  const [textPath, ...words] = positionals as [string, ...string[]];
  const selectors = parseWords(words);
  const { quiet, raw, "trust-index": trustIndex } = switches;
  const files = await prepareIndexes({
    files: withIndexPaths(await expandFiles([textPath]), values.index),
    trustIndex,
    raw,
    quiet,
    ifUnwritable: "use old index",
  });
  // Of several files, the later ones have other numbers than they would have if this one had its new lines.
  const notExtended = files.find((file) => file.notExtended !== undefined)?.notExtended;
  const isSeveral = files.length > 1;
  if (isSeveral && notExtended !== undefined) throw notExtended;
  await using lines = await openServed({ files, cacheBytes: CACHE_BYTES, mayBlock: true });
  const name = describeFiles(files.map((file) => locationName(file.textPath)));
  try {
    await interruptible(
      "Lines may be missing.",
      () => print(lines, { name, count: lines.count, notExtended }, inGroups(selectors)),
    );
  } catch (error) {
    // A reader that stops early, such as `head -c 80`, has what it wanted.
    if (!(error instanceof ClosedOutputError)) throw error;
  }
  return EXIT_DONE;
}

async function print(
  lines: Lines,
  text: SelectableText,
  groups: AsyncIterable<readonly Selector[]>,
): Promise<void> {
  const printer = new LinePrinter(writeStdout);
  for await (const group of groups) {
    try {
      for (const selector of group) {
        const { from, to } = resolveSelector(selector, text);
        if (from === to) await lines.read([from], printer);
        else if (from < to) await lines.range(from, to, printer.range);
      }
    } finally {
      // The program that writes numbers to standard input may wait for the lines.
      await printer.writeAll();
    }
  }
}

function parseWords(words: readonly string[]): (Selector | typeof STANDARD_INPUT)[] {
  if (words.filter((word) => word === STANDARD_INPUT).length > 1) {
    throw new UsageError("- is given twice. Standard input can be read only once.");
  }
  return words.map((word) => {
    const selector = word === STANDARD_INPUT ? word : parseSelector(word);
    if (selector === undefined) {
      throw new UsageError(
        `Not a line number: ${locationName(word)}. ` +
          'For several files, write @LIST: see "linesvr get --help".',
      );
    }
    return selector;
  });
}

// The lines of a group are printed before the next group is read.
async function* inGroups(
  selectors: readonly (Selector | typeof STANDARD_INPUT)[],
): AsyncGenerator<readonly Selector[]> {
  for (const selector of selectors) {
    if (selector === STANDARD_INPUT) yield* readSelectors(readStdin());
    else yield [selector];
  }
}

async function* readStdin(): AsyncGenerator<Uint8Array> {
  try {
    yield* Deno.stdin.readable;
  } catch (error) {
    throw new Error(`Cannot read standard input (${describeSystemError(error)}).`);
  }
}
