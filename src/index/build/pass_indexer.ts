import type { Block, CodecName } from "../../source/compressed/codec.ts";
import { FINGERPRINT_BYTES } from "../../source/fingerprint.ts";
import type { TextSource } from "../../source/text_source.ts";
import { LINES_PER_PAGE_DEFAULT, SLOT_HEADER_BYTES } from "../format/layout.ts";
import {
  checksumSeeds,
  type PackedPage,
  packedPageBytes,
  packedWidthBits,
  reseal,
} from "../format/page_codec.ts";
import { findNewlinesIn, SEGMENT_BYTES } from "../scan/segment_scanner.ts";
import { BlockTableWriter } from "./block_table_writer.ts";
import { attemptWrite, type BuildOptions, type BuildResult, commitIndex } from "./build_index.ts";
import type { IndexDraft } from "./index_draft.ts";
import { IndexWriter } from "./index_writer.ts";
import { PageBuilder } from "./page_builder.ts";
import { SequentialReader, SequentialWriter } from "./sequential_file.ts";

// Pages are sealed again when the fingerprint is known.
const NO_FINGERPRINT = new Uint8Array(FINGERPRINT_BYTES);

/**
 * Indexes a compressed file while it is written, in memory that does not grow with it. Pages are kept in a temporary
 * file: their checksums depend on the fingerprint of the file, which is known when it is complete.
 */
export class PassIndexer implements Disposable {
  readonly #draft: IndexDraft;
  readonly #indexPath: string;
  readonly #table: BlockTableWriter;
  readonly #pages: SequentialWriter;
  readonly #builder = new PageBuilder(LINES_PER_PAGE_DEFAULT, NO_FINGERPRINT);
  #textBytes = 0;
  #lines = 0;

  /** @param draft of the index, from `acquireDraft`; the caller closes it */
  constructor(draft: IndexDraft, indexPath: string, codec: CodecName) {
    this.#draft = draft;
    this.#indexPath = indexPath;
    this.#pages = attemptWrite(indexPath, () => new SequentialWriter(draft.openScratch()));
    this.#table = attemptWrite(indexPath, () => new BlockTableWriter(draft, codec));
  }

  /**
   * Adds the next block.
   *
   * @throws {IndexError} `unwritable`
   */
  add(block: Block, text: Uint8Array): void {
    attemptWrite(this.#indexPath, () => {
      this.#table.add({ ...block, text, window: undefined });
      for (let from = 0; from < text.length; from += SEGMENT_BYTES) {
        const newlines = findNewlinesIn(text.subarray(from, from + SEGMENT_BYTES));
        this.#keep(this.#builder.add(block.textOffset + from, newlines));
      }
    });
    this.#textBytes = block.textOffset + block.textBytes;
  }

  /**
   * Writes the index of the complete file, and puts it at its path.
   *
   * @param file as it is stored; the caller closes it
   * @throws {IndexError} (as a rejection) `unwritable`, or `foreign` if it would overwrite something else
   * @throws {TextError} (as a rejection) if the file cannot be read, or changed in the meantime
   */
  async finish(file: TextSource, options: BuildOptions): Promise<BuildResult> {
    attemptWrite(this.#indexPath, () => {
      this.#keep(this.#builder.finish(this.#textBytes));
      this.#pages.flush();
    });
    const fingerprint = await file.fingerprint(options.signal);
    using index = new IndexWriter(this.#draft, LINES_PER_PAGE_DEFAULT, fingerprint);
    attemptWrite(this.#indexPath, () => {
      for (const page of this.#sealed(fingerprint)) index.append(page);
    });
    const facts = {
      linesPerPage: LINES_PER_PAGE_DEFAULT,
      textBytes: this.#textBytes,
      fingerprint,
    };
    const parts = { index, table: this.#table, facts };
    return await commitIndex(file, this.#draft, parts, options, this.#textBytes);
  }

  /** Discards the temporary files. */
  [Symbol.dispose](): void {
    this.#table[Symbol.dispose]();
    this.#pages.file.close();
  }

  #keep(pages: Iterable<PackedPage>): void {
    for (const { lines, bytes } of pages) {
      this.#pages.write(bytes);
      this.#lines += lines;
    }
  }

  *#sealed(fingerprint: Uint8Array): Generator<PackedPage> {
    const seedOf = checksumSeeds(fingerprint, LINES_PER_PAGE_DEFAULT);
    const pages = new SequentialReader(this.#pages.file);
    for (let page = 0, left = this.#lines; left > 0; page++) {
      const lines = Math.min(left, LINES_PER_PAGE_DEFAULT);
      const head = pages.read(SLOT_HEADER_BYTES).slice();
      const bytes = new Uint8Array(packedPageBytes(lines, packedWidthBits(head)));
      bytes.set(head);
      bytes.set(pages.read(bytes.length - head.length), head.length);
      yield reseal({ lines, bytes }, seedOf(page));
      left -= lines;
    }
  }
}
