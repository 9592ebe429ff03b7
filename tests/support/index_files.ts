import { buildIndexOf, type BuildResult } from "../../src/index/build/build_index.ts";
import { LocalText } from "../../src/source/local/local_text.ts";
import { INDEX_SUFFIX } from "../../src/index/format/layout.ts";
import { DRAFT_SUFFIX } from "../../src/index/build/index_draft.ts";

/** The paths of a text, of its index, and of the index while it is being built. */
export interface Places {
  readonly directory: string;
  readonly textPath: string;
  readonly indexPath: string;
  readonly draftPath: string;
}

/** Creates a directory for a text and its index, and removes it with everything in it. */
export async function withPlaces(body: (places: Places) => void | Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "linesvr_index_" });
  try {
    await body(placesIn(directory));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The paths of text and index in a directory. */
export function placesIn(directory: string): Places {
  const textPath = `${directory}/text`;
  const indexPath = textPath + INDEX_SUFFIX;
  return { directory, textPath, indexPath, draftPath: indexPath + DRAFT_SUFFIX };
}

/** The names in a directory, sorted. */
export function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
}

/** Writes a text and builds its index. */
export async function buildFrom(
  places: Places,
  text: Uint8Array,
  linesPerPage?: number,
): Promise<BuildResult> {
  await Deno.writeFile(places.textPath, text);
  // Opened without waiting until the file's time has settled.
  using source = LocalText.openSync(places.textPath, { mayBlock: true });
  const result = await buildIndexOf(source, {
    indexPath: places.indexPath,
    ...(linesPerPage === undefined ? {} : { linesPerPage }),
  });
  if (result === undefined) throw new Error("not built");
  return result;
}

/** The bytes of a string whose characters are one byte each. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Writes a file, and removes it at the end. */
export async function withFile(
  bytes: Uint8Array,
  body: (path: string) => void | Promise<void>,
): Promise<void> {
  await withPlaces(async ({ textPath }) => {
    await Deno.writeFile(textPath, bytes);
    await body(textPath);
  });
}

/** Opens a new, empty file for reading and writing, and closes and removes it at the end. */
export async function withEmptyFile(
  body: (file: Deno.FsFile, path: string) => void | Promise<void>,
): Promise<void> {
  await withPlaces(async ({ textPath }) => {
    using file = Deno.openSync(textPath, { read: true, write: true, createNew: true });
    await body(file, textPath);
  });
}
