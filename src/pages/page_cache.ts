import type { IndexPage } from "../index/format/index_page.ts";
import type { CacheBudget } from "./cache_budget.ts";
import type { LineBatch } from "./line_batch.ts";
import { PageFrames } from "./page_frames.ts";
import type { PageKeeper } from "./page_loader.ts";
import { SecondChanceCache } from "./second_chance_cache.ts";

/**
 * Pages of the index in memory: in frames of one size, and apart from them those few that no frame can hold.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../index/build/ensure_index.ts";
 * import { IndexReader } from "../index/index_reader.ts";
 * import { divideCache } from "./cache_budget.ts";
 * import { LineBatch } from "./line_batch.ts";
 * import { PageCache } from "./page_cache.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await ensureIndex({ textPath, indexPath });
 *
 * using index = IndexReader.open(indexPath);
 * const pages = new PageCache(divideCache(1024 * 1024, index.header));
 * pages.set(0, await index.readPage(0));
 * const batch = new LineBatch();
 * batch.lines[0] = 2;
 * batch.count = 1;
 * console.log(pages.locate(batch), batch.starts[0], batch.ends[0]); // true 4 8
 * ```
 */
export class PageCache implements PageKeeper {
  readonly #frames: PageFrames;
  readonly #oversize: SecondChanceCache<IndexPage>;

  /**
   * Makes an empty cache, or joins one that threads share.
   *
   * @throws {CacheMemoryError} where there is not so much memory
   */
  constructor({ header, frames, sharedFrames, oversizeBytes }: CacheBudget) {
    this.#frames = new PageFrames(header, frames, sharedFrames);
    this.#oversize = new SecondChanceCache(oversizeBytes);
  }

  /** Takes a page in, as far as there is room for it. */
  set(pageNumber: number, page: IndexPage): void {
    if (!this.#frames.set(pageNumber, page)) this.#oversize.set(pageNumber, page);
  }

  /**
   * Says where the lines of a batch stand, as far as their pages are in frames.
   *
   * @param batch its `lines` are 0, or 1 to the number of lines
   * @returns whether all of them are known
   */
  locate(batch: LineBatch): boolean {
    return this.#frames.locate(batch);
  }

  /** Gives a page that no frame can hold. */
  getOversize(pageNumber: number): IndexPage | undefined {
    return this.#oversize.get(pageNumber);
  }
}
