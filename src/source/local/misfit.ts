import { createHash } from "node:crypto";
import type { IndexHeader } from "../../index/format/header.ts";
import { mismatch } from "../../index/freshness.ts";
import { sampleText } from "../fingerprint.ts";
import type { TextFile } from "./text_file.ts";

/**
 * Says in which way a text is not the one that an index was built from, without waiting.
 *
 * @returns a few words; `undefined` where it is that text
 * @throws {TextError} where the text cannot be read
 */
export function misfit(text: TextFile, header: IndexHeader): string | undefined {
  const fingerprint = createHash("sha256").update(sampleText(text)).digest();
  return mismatch(text.bytes, fingerprint, header);
}
