import { IndexDraft } from "../../src/index/build/index_draft.ts";
import type { IndexFiles } from "../../src/index/build/slot_writer.ts";
import { type Places, withPlaces } from "./index_files.ts";

/** The files of a draft. Counts the scratch files that were opened, and can refuse to open more. */
export class WatchedFiles implements IndexFiles {
  readonly #draft: IndexDraft;
  readonly #scratches: Deno.FsFile[] = [];
  readonly #scratchesMax: number;

  /** @param scratchesMax how many scratch files may be opened */
  constructor(draft: IndexDraft, scratchesMax = Infinity) {
    this.#draft = draft;
    this.#scratchesMax = scratchesMax;
  }

  get file(): Deno.FsFile {
    return this.#draft.file;
  }

  openScratch(): Deno.FsFile {
    if (this.#scratches.length === this.#scratchesMax) throw new Error("no more scratch files");
    const file = this.#draft.openScratch();
    this.#scratches.push(file);
    return file;
  }

  /** How many scratch files were opened. */
  get opened(): number {
    return this.#scratches.length;
  }

  /** How many of them are open. */
  get open(): number {
    return this.#scratches.filter(isOpen).length;
  }
}

/** Opens a draft in a new directory, and removes both at the end. */
export async function withDraft(
  body: (draft: IndexDraft, places: Places) => void | Promise<void>,
): Promise<void> {
  await withPlaces(async (places) => {
    using draft = await IndexDraft.acquire(places.indexPath);
    await body(draft, places);
  });
}

function isOpen(file: Deno.FsFile): boolean {
  try {
    file.statSync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BadResource) return false;
    throw error;
  }
}
