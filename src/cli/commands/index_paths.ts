import { followIfThere } from "../../index/build/draft_disk.ts";
import { INDEX_SUFFIX } from "../../index/format/layout.ts";
import { statRegularFile } from "../../source/local/regular_file.ts";
import {
  isRemote,
  locationName,
  remoteIndexLocation,
} from "../../source/remote/remote_location.ts";
import { UsageError } from "../subcommand.ts";

/** What `--help` says of `--index` of commands that take several files. */
export const INDEX_HELP =
  "path of the index (default: FILE.lineidx); of several files, a directory";

// In an argument, Deno replaces bytes that are not UTF-8 by this character: the argument is another path.
const REPLACEMENT_CHARACTER = "\uFFFD";

function assertIsUtf8(path: string): void {
  if (isRemote(path)) return;
  if (!path.includes(REPLACEMENT_CHARACTER) || followIfThere(path) !== undefined) return;
  throw new UsageError(
    `Not a UTF-8 path: ${path}. Rename the file, or create a symbolic link to it with a UTF-8 name.`,
  );
}

// Names of open files of a process. Nothing can be created next to them.
const DESCRIPTOR_PATH = /^\/(dev\/(stdin|stdout|stderr|fd\/\d+)|proc\/[^/]+\/fd\/\d+)$/;

/** A file and the path of its index. */
export interface IndexedFile {
  readonly textPath: string;
  readonly indexPath: string;
}

/**
 * The paths of the indexes of files: the one that was given, in the directory that was given, or the default ones.
 *
 * @param given a path for one file, a directory for several
 * @throws {UsageError} if a file has no default one, because it is named by its descriptor; if a path is not UTF-8; or if two
 * files would have the same index
 * @throws {TextError} if a file that is named by its descriptor is not a regular one
 */
export function withIndexPaths(
  textPaths: readonly string[],
  given: string | undefined,
): IndexedFile[] {
  for (const textPath of textPaths) assertIsUtf8(textPath);
  if (given === undefined) {
    return textPaths.map((textPath) => ({ textPath, indexPath: defaultIndexPath(textPath) }));
  }
  assertIsUtf8(given);
  const [textPath] = textPaths;
  const isFile = textPaths.length === 1 && !isDirectory(given);
  if (isFile) return [{ textPath: textPath!, indexPath: given }];
  assertIsDirectory(given);
  return inDirectory(textPaths, given);
}

function defaultIndexPath(textPath: string): string {
  if (isRemote(textPath)) return remoteIndexLocation(textPath);
  if (!DESCRIPTOR_PATH.test(textPath)) return textPath + INDEX_SUFFIX;
  // Of a pipe, a path for the index would be no help.
  statRegularFile(textPath);
  throw new UsageError(
    `No default path for the index of ${textPath}. Choose a path with --index.`,
  );
}

// The same file may be given twice; it has one index.
function inDirectory(textPaths: readonly string[], directory: string): IndexedFile[] {
  const folder = directory.endsWith("/") ? directory : `${directory}/`;
  const owners = new Map<string, string>();
  return textPaths.map((textPath) => {
    const name = locationName(textPath);
    const indexPath = folder + name.slice(name.lastIndexOf("/") + 1) + INDEX_SUFFIX;
    const owner = owners.get(indexPath) ?? textPath;
    owners.set(indexPath, owner);
    if (owner === textPath) return { textPath, indexPath };
    throw new UsageError(
      `Two files with one name: ${locationName(owner)} and ${locationName(textPath)}. ` +
        "Leave out --index, or rename one of them.",
    );
  });
}

function isDirectory(path: string): boolean {
  try {
    return path.endsWith("/") || Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function assertIsDirectory(path: string): void {
  if (isRemote(path)) return;
  try {
    if (Deno.statSync(path).isDirectory) return;
  } catch {
    // It is reported below, whatever the reason.
  }
  throw new UsageError(
    `Not a directory: ${path}. The indexes of several files need one; create it first.`,
  );
}
