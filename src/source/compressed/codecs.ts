import type { Codec, CodecName } from "./codec.ts";

// Each is loaded when it is needed: loading what they use takes longer than indexing a small file.
const LOADERS: Readonly<Partial<Record<CodecName, () => Promise<Codec>>>> = {
  zstd: async () => (await import("./zstd_codec.ts")).zstdCodec,
};

/**
 * Loads the codec of a format.
 *
 * @throws {Error} (as a rejection) if there is none
 */
export async function codecOf(name: CodecName): Promise<Codec> {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`No codec: ${name}`);
  return await load();
}
