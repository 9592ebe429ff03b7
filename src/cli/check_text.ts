import { oneLine } from "../protocol/one_line.ts";
import { LocalText } from "../source/local/local_text.ts";
import { describeKind, hasOnlyCr, KIND_BYTES } from "../source/text_kind.ts";
import { TextError } from "../source/text_source.ts";

/** How strictly a file is checked. */
export interface CheckTextOptions {
  /** Accept any file: its bytes are wanted as they are. */
  readonly raw: boolean;
  /** Print nothing. */
  readonly quiet: boolean;
}

/** What `--help` says of `--raw`. */
export const RAW_HELP = "accept a compressed or UTF-16 file: its bytes are read as they are";

/**
 * Checks that the lines of a file are what its user expects. If lines seem to end with CR alone, prints a warning
 * on standard error.
 *
 * @throws {TextError} if the file is compressed or in UTF-16, or cannot be read
 */
export function checkText(textPath: string, { raw, quiet }: CheckTextOptions): void {
  if (raw) return;
  const head = readHead(textPath);
  const kind = describeKind(head);
  if (kind !== undefined) {
    const { description, remedy } = kind;
    throw new TextError(
      `Cannot read lines: ${textPath} (${description}). ${remedy}, or use its bytes as they are with --raw.`,
    );
  }
  if (quiet || !hasOnlyCr(head)) return;
  console.error(oneLine(
    `Lines must end with LF: ${textPath} (its first MiB has CR, but no LF). ` +
      `Convert it with "tr '\\r' '\\n'" if its lines end with CR.`,
  ));
}

function readHead(textPath: string): Uint8Array {
  using text = LocalText.openSync(textPath, { mayBlock: true });
  const head = new Uint8Array(Math.min(KIND_BYTES, text.size));
  text.tryRead(head, 0);
  return head;
}
