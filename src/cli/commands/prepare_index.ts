import type { BuildResult } from "../../index/build/build_index.ts";
import type { MissingFeature } from "../../index/build/draft_disk.ts";
import {
  type Comparison,
  type EnsuredIndex,
  ensureIndex,
  type EnsureOptions,
} from "../../index/build/ensure_index.ts";
import { formatDuration, formatLines, formatSize } from "../units.ts";
import { locationName } from "../../source/remote/remote_location.ts";
import { InterruptedError, onInterrupt } from "../terminal/interrupt.ts";
import { Progress } from "../terminal/progress.ts";
import { stderrLog } from "../terminal/stderr_log.ts";

const SPEED_SHOWN_FROM_BYTES = 1024 * 1024;

/** What `--help` says of `--trust-index`. */
export const TRUST_INDEX_HELP =
  "if only the modification time of FILE has changed, do not compare FILE with the index";

/** Which index is prepared, and how. */
export interface PrepareOptions extends Pick<EnsureOptions, "check" | "ifUnwritable"> {
  readonly textPath: string;
  readonly indexPath: string;
  /** Do not compare every line if the modification time does not show whether the index is right. */
  readonly trustIndex: boolean;
  /** Read the bytes of a compressed file as they are. */
  readonly raw: boolean;
  /** Lines in a page, if a certain number is asked for. */
  readonly linesPerPage?: number | undefined;
  /** Build the index even if it is up to date. */
  readonly force?: boolean;
  /** Print nothing. */
  readonly quiet?: boolean;
}

/**
 * Builds the index of a file if needed, or compares it with the file, and shows the reason, the progress and the
 * result on standard error. An interrupt ends this and leaves nothing behind.
 *
 * @throws {InterruptedError} (as a rejection) if it was interrupted; and what `ensureIndex` throws
 */
export async function prepareIndex(options: PrepareOptions): Promise<EnsuredIndex> {
  const { textPath, indexPath, linesPerPage, check = "header", ifUnwritable = "fail" } = options;
  const name = locationName(indexPath);
  const say = (message: string) => {
    if (options.quiet !== true) stderrLog.log(message);
  };
  const show = (what: string) => options.quiet === true ? undefined : new Progress(what);
  let indexing: Progress | undefined;
  let comparing: Progress | undefined;
  const interrupted = new AbortController();
  using _listening = onInterrupt(() =>
    interrupted.abort(new InterruptedError("No new index was written."))
  );
  const ensured = await ensureIndex({
    textPath,
    indexPath,
    check,
    force: options.force === true,
    raw: options.raw,
    ifUnwritable,
    ifUnsure: options.trustIndex ? "trust" : "compare",
    signal: interrupted.signal,
    ...(linesPerPage === undefined ? {} : { linesPerPage }),
    onCompare: (reason) => {
      say(`comparing the file with ${name}: ${reason}`);
      comparing = show("comparing");
    },
    onCompareProgress: (doneBytes, allBytes) => comparing?.update(doneBytes, allBytes),
    onAgree: (comparison) => {
      comparing?.clear();
      say(summaryOf(comparison, comparing?.elapsedMs ?? 0));
    },
    onBuild: (reason) => {
      comparing?.clear();
      say(`building index ${name}: ${reason}`);
      indexing = show("indexing");
    },
    onWait: () => say(`waiting for another process that is building ${name}`),
    onMissingFeature: (feature) => say(describeMissing(feature, name)),
    onProgress: (doneBytes, allBytes) => indexing?.update(doneBytes, allBytes),
  }).finally(() => (indexing ?? comparing)?.clear());
  if (ensured.built !== undefined) say(summary(ensured.built, indexing?.elapsedMs ?? 0));
  if (!interrupted.signal.aborted) return ensured;
  // It came too late to stop the building, or there was none.
  throw ensured.built === undefined
    ? interrupted.signal.reason
    : new InterruptedError("The index is written.");
}

/** Says what the file system of an index cannot do, and what to do about it. */
export function describeMissing(feature: MissingFeature, indexPath: string): string {
  switch (feature) {
    case "lock":
      return `Cannot lock index: ${indexPath} (its file system has no locks). ` +
        `Do not build it in two processes at the same time.`;
    case "sync":
      return `Cannot sync index: ${indexPath} (not supported by its file system). ` +
        `After a power failure, check it with "linesvr verify".`;
    default:
      return feature satisfies never;
  }
}

function summary(built: BuildResult, elapsedMs: number): string {
  const { header: { compressed }, lines, textBytes, indexBytes } = built;
  const scannedBytes = compressed === undefined ? built.scannedBytes : textBytes;
  const bytesPerSecond = Math.round(scannedBytes / Math.max(elapsedMs, 1) * 1_000);
  // Of a small file it would say nothing.
  const speed = scannedBytes < SPEED_SHOWN_FROM_BYTES ? "" : ` (${formatSize(bytesPerSecond)}/s)`;
  const stored = compressed && ` (${formatSize(compressed.storedBytes)} compressed)`;
  const perLine = lines === 0 ? "" : `, ${formatRatio(indexBytes / lines)} bytes per line`;
  return `indexed ${formatLines(lines)}, ${formatSize(textBytes)}${stored ?? ""} in ${
    formatDuration(elapsedMs)
  }${speed}; index: ${formatSize(indexBytes)}${perLine}`;
}

function formatRatio(ratio: number): string {
  return ratio < 0.01 ? "less than 0.01" : ratio.toFixed(2);
}

function summaryOf({ header, repeatedBecause }: Comparison, elapsedMs: number): string {
  const { lines, textBytes } = header;
  const compared = `compared ${formatLines(lines)}, ${formatSize(textBytes)} in ${
    formatDuration(elapsedMs)
  }: no differences`;
  return repeatedBecause === undefined
    ? compared
    : `${compared}; the next start will compare them again (${repeatedBecause})`;
}
