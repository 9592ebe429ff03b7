import { acquireDraft } from "../../index/build/build_index.ts";
import { PassIndexer } from "../../index/build/pass_indexer.ts";
import { INDEX_SUFFIX } from "../../index/format/layout.ts";
import {
  type CompressResult,
  FRAME_BYTES_DEFAULT,
  FRAME_BYTES_MAX,
  FRAME_BYTES_MIN,
  LEVEL_DEFAULT,
  LEVEL_MAX,
  writeSeekableZstd,
} from "../../source/compressed/zstd/zstd_writer.ts";
import { isFrame, isSkippable } from "../../source/compressed/zstd/zstd_frame.ts";
import { openText } from "../../source/open_text.ts";
import { isRemote, locationName } from "../../source/remote/remote_location.ts";
import { describeKind, KIND_BYTES } from "../../source/text_kind.ts";
import { TextError } from "../../source/text_source.ts";
import { parseCommandLine, parseInteger } from "../command_line.ts";
import { EXIT_DONE, type Subcommand, UsageError } from "../subcommand.ts";
import { InterruptedError, onInterrupt } from "../terminal/interrupt.ts";
import { Progress } from "../terminal/progress.ts";
import { stderrLog } from "../terminal/stderr_log.ts";
import { formatDuration, formatLines, formatSize, parseSize } from "../units.ts";
import { InputFile, STANDARD_INPUT } from "./input_file.ts";
import { OutputDraft } from "./output_draft.ts";

/** `linesvr compress FILE`: compresses a file so that its lines can be read without unpacking all of it. */
export const compressCommand: Subcommand = {
  help: `Usage: linesvr compress FILE [options]

Compresses FILE with zstd, in frames that can be read one by one: the seekable format of zstd. "zstd -d"
decompresses it. compress also writes the index of the compressed file, so that it can be served at once.
FILE is a local file, and is not changed. If FILE is -, compress reads standard input.

Options:
  --output PATH   local path of the compressed file; -o for short (default: FILE.zst)
  --level N       compression level, 1 (fastest) to ${LEVEL_MAX} (smallest) (default: ${LEVEL_DEFAULT})
  --frame SIZE    size of the content of a frame, ${formatSize(FRAME_BYTES_MIN)} to ${
    formatSize(FRAME_BYTES_MAX)
  } (default: ${formatSize(FRAME_BYTES_DEFAULT)});
                  larger frames take less space, but reading a line takes longer
  --force         replace a file at the path
  --raw           accept a compressed or UTF-16 file: its bytes are compressed as they are
  --quiet         print only errors
  --help          show this text`,
  run,
};

const SUFFIX = ".zst";

async function run(args: readonly string[]): Promise<number> {
  const { positionals, values, switches } = parseCommandLine(expandOutputFlag(args), {
    command: "linesvr compress",
    positionals: ["FILE"],
    values: ["output", "level", "frame"],
    switches: ["force", "raw", "quiet"],
  });
  const inputPath = positionals[0]!;
  const level = values.level === undefined
    ? LEVEL_DEFAULT
    : parseInteger(values.level, "--level", 1, LEVEL_MAX);
  const frameBytes = values.frame === undefined ? FRAME_BYTES_DEFAULT : parseFrame(values.frame);
  assertIsLocal(inputPath, "compress", 'Pipe its content to "linesvr compress - -o FILE.zst".');
  if (values.output === STANDARD_INPUT) {
    throw new UsageError(
      "Cannot write to standard output (the index is written next to the file). Choose a path with -o.",
    );
  }
  const outputPath = values.output ?? defaultOutput(inputPath);
  assertIsLocal(outputPath, "write", "Choose another path with -o.");
  const progress = switches.quiet ? undefined : new Progress("compressing");
  const done = await compress({ inputPath, outputPath, level, frameBytes, progress, ...switches })
    .finally(() => progress?.clear());
  if (progress !== undefined) stderrLog.log(summary(done, progress.elapsedMs));
  return EXIT_DONE;
}

interface Task {
  readonly inputPath: string;
  readonly outputPath: string;
  readonly level: number;
  readonly frameBytes: number;
  readonly force: boolean;
  readonly raw: boolean;
  readonly progress: Progress | undefined;
}

interface Compressed extends CompressResult {
  readonly lines: number;
}

async function compress(task: Task): Promise<Compressed> {
  const { outputPath, level, frameBytes, force, progress } = task;
  const interruption = new AbortController();
  const { signal } = interruption;
  using _listening = onInterrupt(() =>
    interruption.abort(new InterruptedError("No compressed file was written."))
  );
  using input = await InputFile.open(task.inputPath, signal);
  const wait = () => {
    if (progress !== undefined) {
      stderrLog.log(`waiting for another process that is writing ${outputPath}`);
    }
  };
  const options = { force, input: input.info, isDraft, onWait: wait, signal };
  using draft = await OutputDraft.acquire(outputPath, options);
  const indexPath = outputPath + INDEX_SUFFIX;
  const indexOptions = { indexPath, signal, codec: "zstd" } as const;
  using indexDraft = await acquireDraft(outputPath, indexOptions);
  using indexer = new PassIndexer(indexDraft, indexPath, "zstd");
  const chunks = input.chunks(signal);
  const result = await writeSeekableZstd(
    task.raw ? chunks : checkKind(chunks, input.name),
    (bytes) => draft.write(bytes),
    {
      level,
      frameBytes,
      signal,
      onFrame: (block, text) => {
        indexer.add(block, text);
        const { textOffset, textBytes } = block;
        if (input.size !== undefined) progress?.update(textOffset + textBytes, input.size);
      },
    },
  );
  signal.throwIfAborted();
  await draft.commit();
  if (signal.aborted) throw new InterruptedError("The compressed file is written.");
  await using file = await openText(outputPath, { mayBlock: true });
  const { lines } = await indexer.finish(file, indexOptions);
  return { ...result, lines };
}

// What a killed process left begins with a frame or is empty; after a power failure it may be zeros.
function isDraft(head: Uint8Array): boolean {
  return head.every((byte) => byte === 0) || isSkippable(head) || isFrame(head);
}

/** @throws {TextError} if the content is compressed or in UTF-16 */
async function* checkKind(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  // A pipe gives a few bytes at a time.
  let head: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = concat(head, chunk);
    if (head.length < KIND_BYTES) continue;
    assertIsText(head, name);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  assertIsText(head, name);
  yield head;
}

function assertIsText(head: Uint8Array, name: string): void {
  const kind = describeKind(head);
  if (kind === undefined) return;
  const { description, remedy } = kind;
  throw new TextError(
    `Cannot compress file: ${name} (${description}). ${remedy}, or compress its bytes as they are with --raw.`,
  );
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

// `-o` is the only flag with a short name.
function expandOutputFlag(args: readonly string[]): readonly string[] {
  const dashes = args.indexOf("--");
  return args.map((arg, at) => arg === "-o" && (dashes < 0 || at < dashes) ? "--output" : arg);
}

function parseFrame(text: string): number {
  const bytes = parseSize(text, "--frame");
  if (bytes >= FRAME_BYTES_MIN && bytes <= FRAME_BYTES_MAX) return bytes;
  const [least, most] = [FRAME_BYTES_MIN, FRAME_BYTES_MAX].map(formatSize);
  throw new UsageError(`--frame must be a size from ${least} to ${most}, not ${text}.`);
}

function assertIsLocal(path: string, action: "compress" | "write", remedy: string): void {
  if (!isRemote(path)) return;
  const name = locationName(path);
  throw new UsageError(`Cannot ${action} file: ${name} (not a local file). ${remedy}`);
}

// Names of open files of a process. Nothing can be created next to them.
const DESCRIPTOR_PATH = /^\/(dev|proc)\//;

function defaultOutput(inputPath: string): string {
  if (inputPath !== STANDARD_INPUT && !DESCRIPTOR_PATH.test(inputPath)) return inputPath + SUFFIX;
  throw new UsageError(`No default path for the output of ${inputPath}. Choose a path with -o.`);
}

function summary({ lines, textBytes, storedBytes }: Compressed, elapsedMs: number): string {
  const bytesPerSecond = Math.round(textBytes / Math.max(elapsedMs, 1) * 1_000);
  // Of a small file it would say nothing.
  const speed = textBytes < 1024 * 1024 ? "" : ` (${formatSize(bytesPerSecond)}/s)`;
  return `compressed ${formatLines(lines)}, ${formatSize(textBytes)} to ${
    formatSize(storedBytes)
  } in ${formatDuration(elapsedMs)}${speed}`;
}
