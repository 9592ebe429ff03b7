import { concatReadableStreams } from "@std/streams/concat-readable-streams";
import { writeAll } from "../index/write_all.ts";
import { LineStore } from "../lines/line_store.ts";
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
    command: "get",
    positionals: ["FILE", "N"],
    values: ["index"],
    switches: ["quiet"],
  });
  const [textPath, number] = positionals as [string, string];
  if (!/^[-+]?\d+$/.test(number)) throw new UsageError(`Not a line number: ${number}`);
  const indexPath = indexPathOf(textPath, values.index);
  await prepareIndex({ textPath, indexPath, quiet: switches.quiet });
  const store = LineStore.open({ textPath, indexPath, cacheBytes: 0 });
  try {
    if (store.has(Number(number))) return await printLine(store, Number(number));
    throw new Error(`No such line: ${number}: ${textPath} has ${store.lines} lines`);
  } finally {
    await store.close();
  }
}

async function printLine(store: LineStore, line: number): Promise<number> {
  const pageNumber = store.pageOf(line);
  const result = (await store.loadPages([pageNumber])).get(pageNumber)!;
  if (!result.ok) throw result.error;
  const { bytes } = store.stream(store.spanOf(result.page, line));
  const output = concatReadableStreams(bytes, ReadableStream.from([LINE_END]));
  for await (const piece of output) writeAll(Deno.stdout, piece);
  return EXIT_DONE;
}
