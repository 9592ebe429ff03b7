import type { BuildResult } from "../index/build/build_index.ts";
import { ensureIndex } from "../index/build/ensure_index.ts";
import { INDEX_SUFFIX } from "../index/format/layout.ts";
import { oneLine } from "../protocol/one_line.ts";
import { formatDuration } from "./duration.ts";
import { formatLines } from "./line_count.ts";
import { InterruptedError, onInterrupt } from "./interrupt.ts";
import { Progress } from "./progress.ts";
import { formatSize } from "./size.ts";

/** Which index is made sure of, and how. */
export interface PrepareOptions {
  /** The text. */
  readonly textPath: string;
  /** Where the index is, or is to be. */
  readonly indexPath: string;
  /** Lines in a page, where a certain number is asked for. */
  readonly linesPerPage?: number | undefined;
  /** Build even where the index is fresh. */
  readonly force?: boolean;
  /** Say nothing. */
  readonly quiet?: boolean;
  /** Called before the building begins; what it throws is thrown, and nothing is built. */
  readonly beforeBuild?: () => void;
}

/** Where the index of a text is, if not said otherwise. */
export function indexPathOf(textPath: string, given: string | undefined): string {
  return given ?? textPath + INDEX_SUFFIX;
}

/**
 * Builds the index of a text where that is needed, and shows on standard error why, how far it is,
 * and what came of it. An interrupt or a termination ends the building and leaves nothing behind.
 *
 * @returns what was built; `undefined` where the index was fresh
 * @throws {InterruptedError} where it was interrupted; and what `ensureIndex` throws
 */
export async function prepareIndex(options: PrepareOptions): Promise<BuildResult | undefined> {
  const { textPath, indexPath, linesPerPage } = options;
  const say = (message: string) => {
    if (options.quiet !== true) console.error(oneLine(message));
  };
  const progress = options.quiet === true ? undefined : new Progress("indexing");
  const interrupted = new AbortController();
  using _listening = onInterrupt(() =>
    interrupted.abort(new InterruptedError("no new index was written"))
  );
  const built = await ensureIndex({
    textPath,
    indexPath,
    force: options.force === true,
    signal: interrupted.signal,
    ...(linesPerPage === undefined ? {} : { linesPerPage }),
    onBuild: (reason) => {
      options.beforeBuild?.();
      say(`building index ${indexPath}: ${reason}`);
    },
    onWait: () => say(`waiting for another process that is building ${indexPath}`),
    onProgress: (doneBytes, textBytes) => progress?.update(doneBytes, textBytes),
  }).finally(() => progress?.clear());
  if (built !== undefined) say(summary(built, progress?.elapsedMs ?? 0));
  if (!interrupted.signal.aborted) return built;
  // It came too late to stop the building, or there was none.
  throw built === undefined
    ? interrupted.signal.reason
    : new InterruptedError("the index is written");
}

function summary(built: BuildResult, elapsedMs: number): string {
  const { lines, textBytes, indexBytes } = built;
  const speed = (textBytes / 1e6 / Math.max(elapsedMs, 1)).toFixed(2);
  const perLine = lines === 0 ? "" : `, ${(indexBytes / lines).toFixed(2)} bytes a line`;
  return `indexed ${formatLines(lines)}, ${formatSize(textBytes)} in ${
    formatDuration(elapsedMs)
  }, ` +
    `${speed} GB/s: index ${formatSize(indexBytes)}${perLine}`;
}
