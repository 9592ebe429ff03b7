/** A file that lines come from. The lines of all files are numbered consecutively, in their order. */
export interface LineFile {
  /** For people: short, and different for each path. */
  readonly name: string;
  /** The number of its first line; that of the next file's first line if it has none. */
  readonly firstLine: number;
  /** How many lines it has. */
  readonly lines: number;
  /** Its size, as far as it is served. */
  readonly bytes: number;
}

/** In which file a line is. */
export interface LinePlace {
  readonly file: LineFile;
  /** The position of the file among all of them, from 0. */
  readonly fileIndex: number;
  /** The number of the line in its file; the first one is 1. */
  readonly lineInFile: number;
}

/**
 * In which file a line is.
 *
 * @param lineNumber 1 to the number of lines
 */
export function placeOf(files: readonly LineFile[], lineNumber: number): LinePlace {
  const fileIndex = fileIndexOf(files, lineNumber);
  const file = files[fileIndex]!;
  return { file, fileIndex, lineInFile: lineNumber - file.firstLine + 1 };
}

/**
 * The position of the file that has a line.
 *
 * @param lineNumber 1 to the number of lines
 */
export function fileIndexOf(files: readonly LineFile[], lineNumber: number): number {
  // The last file that begins at the line or before it: empty files before it begin there too.
  let low = 0;
  let high = files.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (files[middle]!.firstLine <= lineNumber) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Numbers the lines of files on. */
export function numberedOn(files: readonly Omit<LineFile, "firstLine">[]): LineFile[] {
  let firstLine = 1;
  return files.map(({ name, lines, bytes }) => {
    const file = { name, firstLine, lines, bytes };
    firstLine += lines;
    return file;
  });
}
