import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { openServed, type ServedFile } from "../../src/lines/open_served.ts";
import type { OpenLines } from "../../src/lines/open_lines.ts";

/** Several files with indexes, in a directory of their own. */
export class SeveralFiles implements AsyncDisposable {
  readonly directory: string;
  readonly files: readonly ServedFile[];

  private constructor(directory: string, files: readonly ServedFile[]) {
    this.directory = directory;
    this.files = files;
  }

  /** @param names of the files whose contents these are */
  static async create(
    contents: readonly (string | Uint8Array)[],
    linesPerPage = 4,
  ): Promise<SeveralFiles> {
    const directory = await Deno.makeTempDir({ prefix: "linesvr-test-" });
    const files: ServedFile[] = [];
    for (const [i, content] of contents.entries()) {
      const textPath = `${directory}/part-${i}`;
      const indexPath = `${textPath}.lineidx`;
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(textPath, bytes);
      // Long ago, so that nothing waits until the time has settled.
      await Deno.utime(textPath, 1_000_000_000.5, 1_000_000_000.5);
      const { checked } = await ensureIndex({ textPath, indexPath, linesPerPage });
      files.push({ textPath, indexPath, checked });
    }
    return new SeveralFiles(directory, files);
  }

  /** Opens all of them as one. */
  open(
    options: Partial<Parameters<typeof openServed>[0]> = {},
  ): Promise<OpenLines> {
    return openServed({ files: this.files, cacheBytes: 1024 * 1024, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}
