import { TextError } from "../text_source.ts";

/** The error of a compressed file that fails a check. `cause`: in a few words. */
export function damagedFile(name: string, cause: string): TextError {
  return new TextError(
    `File damaged: ${name} (${cause}). Test it with "gzip -t", and restore it from a backup.`,
  );
}
