import { type EnsuredIndex, ensureIndex } from "../../index/build/ensure_index.ts";
import { findRecordedState } from "../../index/recorded_state.ts";
import { formatCount } from "../../source/messages.ts";
import type { ServedFile } from "../../lines/open_served.ts";
import { isRemote, locationName } from "../../source/remote/remote_location.ts";
import { sideBySide } from "../side_by_side.ts";
import { InterruptedError, onInterrupt } from "../terminal/interrupt.ts";
import { Progress } from "../terminal/progress.ts";
import { stderrLog } from "../terminal/stderr_log.ts";
import { formatDuration, formatLines, formatSize } from "../units.ts";
import { checkText } from "./check_text.ts";
import type { IndexedFile } from "./index_paths.ts";
import { describeMissing, prepareIndex, type PrepareOptions } from "./prepare_index.ts";

/** Which indexes are prepared, and how. */
export interface PrepareAllOptions extends Omit<PrepareOptions, "textPath" | "indexPath"> {
  /** One or more. */
  readonly files: readonly IndexedFile[];
}

/** A file whose index can be used. */
export interface PreparedFile extends ServedFile, EnsuredIndex {
  readonly checked: EnsuredIndex["checked"];
}

// So many files are looked at together that the threads of the runtime that do it are busy.
const LOOKED_AT_MAX = 16;

/**
 * As {@linkcode prepareIndex}, for several files: several indexes are built at a time, as many as there are cores. If one
 * fails, the others are stopped.
 *
 * @throws {TextError} (as a rejection) if a file is compressed or in UTF-16, or cannot be read
 * @throws {InterruptedError} (as a rejection) if it was interrupted; and what `ensureIndex` throws
 */
export async function prepareIndexes(options: PrepareAllOptions): Promise<PreparedFile[]> {
  const { files, raw, quiet = false, ...others } = options;
  const [file] = files;
  if (files.length === 1) {
    await checkText(file!.textPath, { raw, quiet });
    return [{ ...file!, ...await prepareIndex({ ...others, ...file!, raw, quiet }) }];
  }
  return await new Preparation(options).run();
}

// Each remote file takes some requests, one after the other: so many that the requests of a thread are in use.
const REMOTE_LOOKED_AT_MAX = 64;

function lookedAtATime(files: readonly IndexedFile[]): number {
  return files.every(({ textPath }) => isRemote(textPath)) ? REMOTE_LOOKED_AT_MAX : LOOKED_AT_MAX;
}

// A remote file takes a dozen requests, one after the other, however small it is. So many builds together send as many
// requests, and hold as much memory read ahead (8 × 32 MiB), as is useful.
const REMOTE_BUILDS_MAX = 8;

function buildsAtATime(files: readonly IndexedFile[]): number {
  const cores = navigator.hardwareConcurrency;
  return files.every(({ textPath }) => isRemote(textPath))
    ? Math.max(cores, REMOTE_BUILDS_MAX)
    : cores;
}

/** The indexes of several files that are being prepared. */
class Preparation {
  readonly #options: PrepareAllOptions;
  readonly #interrupted = new AbortController();
  readonly #progress: Progress | undefined;
  // By file: how many bytes there are to do, and how many are done.
  readonly #allBytes: number[] = [];
  readonly #doneBytes: number[] = [];
  #builtIndexes = 0;

  constructor(options: PrepareAllOptions) {
    this.#options = options;
    this.#progress = options.quiet === true ? undefined : new Progress("indexing");
  }

  async run(): Promise<PreparedFile[]> {
    const outcome = "Indexes that were complete are kept, no other one was written.";
    using _listening = onInterrupt(() => this.#interrupted.abort(new InterruptedError(outcome)));
    const unique = uniqueFiles(this.#options.files);
    const prepared = await this.#prepare(unique).finally(() => this.#progress?.clear());
    this.#interrupted.signal.throwIfAborted();
    this.#summarize(prepared);
    const byKey = new Map(prepared.map((file) => [keyOf(file), file]));
    return this.#options.files.map((file) => byKey.get(keyOf(file))!);
  }

  async #prepare(files: readonly IndexedFile[]): Promise<PreparedFile[]> {
    const { signal } = this.#interrupted;
    const found = await sideBySide(files, lookedAtATime(files), async (file) => {
      signal.throwIfAborted();
      return await this.#lookAt(file);
    });
    const rest = files.map((file, i) => ({ ...file, i })).filter(({ i }) => found[i] === undefined);
    const ensured = await sideBySide(
      rest,
      buildsAtATime(rest),
      (file, failed) => this.#ensure(file, AbortSignal.any([signal, failed])),
    );
    for (const [at, { i }] of rest.entries()) found[i] = ensured[at]!;
    return found as PreparedFile[];
  }

  // Undefined if the index has to be built, or compared with the file.
  async #lookAt(file: IndexedFile): Promise<PreparedFile | undefined> {
    const { raw, quiet = false, force, check = "header", linesPerPage } = this.#options;
    await checkText(file.textPath, { raw, quiet });
    const { checked, fileBytes } = await findRecordedState(file.textPath, file.indexPath, raw);
    const isWanted = force !== true && check === "header" && linesPerPage === undefined;
    if (isWanted && checked !== undefined) return { ...file, checked, built: undefined };
    this.#allBytes.push(fileBytes);
    return undefined;
  }

  async #ensure(
    { textPath, indexPath, i }: IndexedFile & { readonly i: number },
    signal: AbortSignal,
  ): Promise<PreparedFile> {
    const name = locationName(textPath);
    const indexName = locationName(indexPath);
    const { linesPerPage, force = false, trustIndex, check = "header", ifUnwritable = "fail" } =
      this.#options;
    const ensured = await ensureIndex({
      textPath,
      indexPath,
      check,
      force,
      raw: this.#options.raw,
      ifUnwritable,
      ifUnsure: trustIndex ? "trust" : "compare",
      signal,
      ...(linesPerPage === undefined ? {} : { linesPerPage }),
      onCompare: (reason) => this.#say(`comparing ${name} with ${indexName}: ${reason}`),
      onCompareProgress: (doneBytes) => this.#note(i, doneBytes),
      onAgree: ({ repeatedBecause }) => {
        const again = repeatedBecause === undefined
          ? ""
          : `; the next start will compare them again (${repeatedBecause})`;
        this.#say(`compared ${name}: no differences${again}`);
      },
      onWait: () => this.#say(`waiting for another process that is building ${indexName}`),
      onMissingFeature: (feature) => this.#say(describeMissing(feature, indexName)),
      onProgress: (doneBytes) => this.#note(i, doneBytes),
    });
    if (ensured.built !== undefined) this.#builtIndexes++;
    return { textPath, indexPath, ...ensured };
  }

  #note(i: number, doneBytes: number): void {
    this.#doneBytes[i] = doneBytes;
    this.#progress?.update(sumOf(this.#doneBytes), sumOf(this.#allBytes));
  }

  #say(message: string): void {
    if (this.#options.quiet !== true) stderrLog.log(message);
  }

  #summarize(prepared: readonly PreparedFile[]): void {
    if (this.#builtIndexes === 0) return;
    const built = prepared.flatMap(({ built }) => built ?? []);
    const lines = sumOf(built.map(({ lines }) => lines));
    const textBytes = sumOf(built.map(({ textBytes }) => textBytes));
    const took = formatDuration(this.#progress?.elapsedMs ?? 0);
    this.#say(
      `indexed ${formatCount(built.length)} of ${formatCount(prepared.length)} files: ` +
        `${formatLines(lines)}, ${formatSize(textBytes)} in ${took}`,
    );
  }
}

// The same file may be given twice: its index is prepared once.
function uniqueFiles(files: readonly IndexedFile[]): IndexedFile[] {
  return [...new Map(files.map((file) => [keyOf(file), file])).values()];
}

function keyOf({ textPath, indexPath }: IndexedFile): string {
  return `${textPath}\0${indexPath}`;
}

function sumOf(numbers: readonly number[]): number {
  // Some may be missing.
  return numbers.reduce((sum, number) => sum + number, 0);
}
