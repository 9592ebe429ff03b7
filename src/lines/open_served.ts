import type { CheckedIndex } from "../index/freshness.ts";
import type { IndexHeader } from "../index/format/header.ts";
import { readHeader } from "../index/index_reader.ts";
import { divideAmongFiles, divideAmongStores, type MemoryBudget } from "../pages/memory_budget.ts";
import { COMPRESSED_BLOCK_BYTES } from "../source/compressed/compressed_text.ts";
import { LOCAL_BLOCK_BYTES } from "../source/local/local_text.ts";
import { isRemote, locationName, REMOTE_BLOCK_BYTES } from "../source/remote/remote_location.ts";
import { SharedArena } from "../source/shared_memory.ts";
import { type OpenLines, openLines, type OpenLinesOptions } from "./open_lines.ts";
import { SeveralLines } from "./several_lines.ts";

/** A file that is served. Plain data: it can be posted to a worker. */
export interface ServedFile {
  readonly textPath: string;
  /** Its index, which exists and is fresh. */
  readonly indexPath: string;
  /** What was checked before: it is not compared again. Several files must have been checked. */
  readonly checked?: CheckedIndex | undefined;
  /** How several stores of this file divide their memory. */
  readonly budget?: MemoryBudget | undefined;
}

/** Which files are opened, and how. */
export interface OpenServedOptions
  extends Pick<OpenLinesOptions, "cacheBytes" | "mayBlock" | "onError"> {
  /** One or more, in the order in which their lines are numbered. */
  readonly files: readonly ServedFile[];
  /** How many of several files are open at a time. */
  readonly openFilesMax?: number | undefined;
}

/**
 * Opens a file, or several files as one. One file is opened at once, several are when their lines are requested.
 *
 * @throws (as a rejection) what `openLines` throws, if there is one file
 */
export async function openServed(options: OpenServedOptions): Promise<OpenLines> {
  const { openFilesMax: openMax, ...others } = options;
  const files = options.files.length === 1
    ? options.files
    : withBudgets(options.files, options.cacheBytes, 1);
  const names = shownNames(files.map(({ textPath }) => locationName(textPath)));
  const [file] = files;
  if (files.length === 1) return await openLines({ ...others, ...file!, name: names[0] });
  return new SeveralLines({
    ...others,
    openMax,
    files: files.map((file, i) => ({ ...file, name: names[i]!, checked: checkedOf(file) })),
  });
}

function checkedOf({ textPath, checked }: ServedFile): CheckedIndex {
  if (checked !== undefined) return checked;
  throw new TypeError(`Several files must have been checked: ${textPath}`);
}

/**
 * Divides memory among files, and that of each file among the stores of it. Memory that stores share is allocated.
 *
 * @param stores how many servers serve the files: 1 or more
 * @returns the files as they are, if they have a budget
 * @throws {IndexError} if an index cannot be read
 * @throws {CacheMemoryError} if there is not enough memory
 */
export function withBudgets(
  files: readonly ServedFile[],
  cacheBytes: number,
  stores: number,
): readonly ServedFile[] {
  if (files[0]?.budget !== undefined) return files;
  const headers = files.map(({ checked, indexPath }) => checked?.header ?? readHeader(indexPath));
  const parts = divideAmongFiles(cacheBytes, headers);
  const allocate = files.length === 1 ? undefined : new SharedArena(stores).allocate;
  return files.map((file, i) => ({
    ...file,
    budget: divideAmongStores(
      parts[i]!,
      headers[i]!,
      blockBytesOf(file.textPath, headers[i]!),
      stores,
      allocate,
    ),
  }));
}

// The unit in which a text will be cached, before it is opened.
function blockBytesOf(textPath: string, { compressed }: IndexHeader): number {
  if (compressed !== undefined) return COMPRESSED_BLOCK_BYTES;
  return isRemote(textPath) ? REMOTE_BLOCK_BYTES : LOCAL_BLOCK_BYTES;
}

/**
 * What files are called, for clients: their paths without the folders that all of them are in. Of one file, that is the last
 * part of its path.
 */
export function shownNames(paths: readonly string[]): string[] {
  const [first = ""] = paths;
  let folder = folderOf(first);
  for (const path of paths) {
    while (!path.startsWith(folder)) folder = folderOf(folder.slice(0, -1));
  }
  return paths.map((path) => path.slice(folder.length));
}

// With its slash; empty if there is none.
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
