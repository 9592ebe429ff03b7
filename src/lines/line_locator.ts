import { type Layout, pageOfLine } from "../index/format/layout.ts";
import { LineBatch, type LineSpan, NOT_LOCATED, spanInPage } from "../pages/line_batch.ts";
import type { PageFrames } from "../pages/page_frames.ts";
import { type PageStore, peekPages } from "../pages/page_store.ts";

/** What lines are located with. */
export interface LineLocatorContext {
  readonly index: Pick<Layout, "lines" | "linesPerPage">;
  /** The pages in memory. */
  readonly frames: Pick<PageFrames, "locate">;
  /** The other pages. */
  readonly pages: PageStore;
}

/** Finds out where single lines are in the text. */
export class LineLocator {
  readonly #context: LineLocatorContext;
  readonly #single = new LineBatch();

  constructor(context: LineLocatorContext) {
    this.#context = context;
    this.#single.count = 1;
  }

  /**
   * @param lineNumber 1 to the number of lines
   * @throws {IndexError} (as a rejection) if the line's page cannot be read
   */
  async locate(lineNumber: number): Promise<LineSpan> {
    return this.tryLocate(lineNumber) ?? await this.#load(lineNumber);
  }

  /**
   * As far as that takes no read that blocks.
   *
   * @param lineNumber 1 to the number of lines
   */
  tryLocate(lineNumber: number): LineSpan | undefined {
    const { frames, index, pages } = this.#context;
    const batch = this.#single;
    batch.lines[0] = lineNumber;
    if (!frames.locate(batch)) peekPages(batch, index, pages);
    const start = batch.starts[0]!;
    return start === NOT_LOCATED ? undefined : { lineNumber, start, end: batch.ends[0]! };
  }

  async #load(lineNumber: number): Promise<LineSpan> {
    const { index, pages } = this.#context;
    const page = await pages.load(pageOfLine(index, lineNumber));
    return spanInPage(page, lineNumber, index.linesPerPage);
  }
}
