import { describeSystemError, formatCount } from "../../source/messages.ts";
import { isRemote, locationName } from "../../source/remote/remote_location.ts";
import { UsageError } from "../subcommand.ts";

/** The most files that are served as one. */
export const FILES_MAX = 100_000;

/** What `--help` says of FILE in commands that take several files. */
export const FILES_HELP =
  `The lines of several FILEs are numbered consecutively, in the order given. @LIST stands for the files that the
file LIST names: one path per line, relative to the directory of LIST; blank lines and lines that begin with #
are skipped. For a file whose name begins with @, write ./@name. A FILE can be compressed with gzip, bgzip or
"linesvr compress". A FILE can also be s3://BUCKET/KEY or a URL. 's3://BUCKET/*.jsonl' stands for all objects
whose keys match.`;

const LIST_MARK = "@";
const WILDCARD = "*";

/**
 * The paths of files, with each `@LIST` replaced by the paths in that file, and each `s3://bucket/PATTERN` by the objects
 * with such a key.
 *
 * @throws {UsageError} (as a rejection) if there are too many, or a list is empty or names a list
 * @throws {Error} (as a rejection) if a list cannot be read, or no object has such a key
 */
export async function expandFiles(words: readonly string[]): Promise<string[]> {
  const named = words.flatMap((word) =>
    word.startsWith(LIST_MARK) ? readList(word.slice(LIST_MARK.length)) : [word]
  );
  const paths: string[] = [];
  for (const path of named) paths.push(...await expandPattern(path));
  if (paths.length <= FILES_MAX) return paths;
  throw new UsageError(
    `Too many files: ${formatCount(paths.length)} (at most ${formatCount(FILES_MAX)}). ` +
      "Concatenate some of them.",
  );
}

async function expandPattern(path: string): Promise<string[]> {
  if (!isRemote(path) || !path.includes(WILDCARD)) return [path];
  const { isPattern, listObjects } = await import("../../source/remote/s3/s3_list.ts");
  return isPattern(path) ? await listObjects(path) : [path];
}

function readList(listPath: string): string[] {
  const paths = parseList(readText(listPath), listPath);
  if (paths.length > 0) return paths;
  throw new UsageError(`No file in list: ${listPath}. Write one path on each line.`);
}

function readText(listPath: string): string {
  if (isRemote(listPath)) {
    const name = locationName(listPath);
    throw new UsageError(`Cannot read list: ${name} (not a local file). Copy it to a disk first.`);
  }
  try {
    return Deno.readTextFileSync(listPath);
  } catch (error) {
    throw new Error(
      `Cannot read list: ${listPath} (${
        describeSystemError(error)
      }). Check its path and permissions.`,
    );
  }
}

/** The paths in a list of files, relative to the working directory. */
export function parseList(text: string, listPath: string): string[] {
  const folder = listPath.slice(0, listPath.lastIndexOf("/") + 1);
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines.filter((line) => line.trim() !== "" && !line.startsWith("#")).map((line) => {
    if (line.startsWith(LIST_MARK)) {
      throw new UsageError(
        `List in a list: ${line} (in ${listPath}). For a file of this name, write ./${line}.`,
      );
    }
    return isAbsolute(line) ? line : folder + line;
  });
}

// An address is absolute too.
function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[a-z][a-z\d+.-]*:\/\//i.test(path);
}
