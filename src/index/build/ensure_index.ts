import { buildIndex, type BuildOptions, type BuildResult } from "./build_index.ts";
import { headerOrReason, staleReason } from "../freshness.ts";

/** How an index is made sure of. */
export interface EnsureOptions extends Omit<BuildOptions, "isStillNeeded"> {
  /**
   * Build even where the index is fresh.
   *
   * @default {false}
   */
  readonly force?: boolean;
  /** Called when the building begins, with the reason in a few words. */
  readonly onBuild?: (reason: string) => void;
}

/**
 * Builds the index of a text where it is missing, damaged or stale. A file in its place that is not
 * an index is never overwritten, not even with `force`.
 *
 * @returns what was built; `undefined` where the index was fresh, or another process made it so
 * @throws {TextError} where the text cannot be read, or changed meanwhile
 * @throws {IndexError} `foreign`, `unreadable` or `unwritable`
 *
 * @example
 * ```ts
 * import { ensureIndex } from "./ensure_index.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * console.log((await ensureIndex({ textPath, indexPath }))?.lines); // 0
 * console.log(await ensureIndex({ textPath, indexPath })); // undefined
 * ```
 */
export async function ensureIndex(options: EnsureOptions): Promise<BuildResult | undefined> {
  if (await reasonToBuild(options) === undefined) return undefined;
  return await buildIndex({
    ...options,
    isStillNeeded: async () => {
      const reason = await reasonToBuild(options);
      if (reason !== undefined) options.onBuild?.(reason);
      return reason !== undefined;
    },
  });
}

async function reasonToBuild(options: EnsureOptions): Promise<string | undefined> {
  const { textPath, indexPath, linesPerPage, force } = options;
  if (force !== true) return await staleReason(textPath, indexPath, linesPerPage);
  // Throws where something stands there that must not be replaced.
  headerOrReason(indexPath);
  return "it was asked for";
}
