import { openText } from "../../source/open_text.ts";
import { codecOfHead } from "../../source/compressed/codecs.ts";
import { locationName } from "../../source/remote/remote_location.ts";
import { describeKind, hasOnlyCr, KIND_BYTES } from "../../source/text_kind.ts";
import { TextError } from "../../source/text_source.ts";
import { stderrLog } from "../terminal/stderr_log.ts";

/** How strictly a file is checked. */
export interface CheckTextOptions {
  /** Accept any file: its bytes are wanted as they are. */
  readonly raw: boolean;
  /** Print nothing. */
  readonly quiet: boolean;
}

/** What `--help` says of `--raw`. */
export const RAW_HELP = "read the bytes of a compressed or UTF-16 file as they are";

/**
 * Checks that the lines of a file are what its user expects. If lines seem to end with CR alone, prints a warning
 * on standard error.
 *
 * @throws {TextError} (as a rejection) if the file is in UTF-16, or compressed in a way that cannot be read, or
 * cannot be read at all
 */
export async function checkText(textPath: string, { raw, quiet }: CheckTextOptions): Promise<void> {
  if (raw) return;
  const head = await readHead(textPath);
  if (await codecOfHead(head) !== undefined) return;
  const kind = describeKind(head);
  if (kind !== undefined) {
    const { description, remedy } = kind;
    throw new TextError(
      `Cannot read lines: ${
        locationName(textPath)
      } (${description}). ${remedy}, or use its bytes as they are with --raw.`,
    );
  }
  if (quiet || !hasOnlyCr(head)) return;
  stderrLog.log(
    `Lines must end with LF: ${locationName(textPath)} (its first MiB has CR, but no LF). ` +
      `Convert it with "tr '\\r' '\\n'" if its lines end with CR.`,
  );
}

async function readHead(textPath: string): Promise<Uint8Array> {
  await using file = await openText(textPath, { mayBlock: true });
  const head = new Uint8Array(Math.min(KIND_BYTES, file.size));
  if (!file.tryRead(head, 0)) await file.read(head, 0);
  return head;
}
