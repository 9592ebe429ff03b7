import { S3Endpoint } from "../../src/source/remote/open_endpoint.ts";
import { request } from "../../src/source/remote/request.ts";
import { REQUEST_POLICY } from "../../src/source/remote/request_policy.ts";
import { putObject } from "../../src/source/remote/s3/s3_put.ts";
import { MemoryText } from "./text_memory.ts";

/** The bucket for tests; undefined if the environment does not name one. */
export const TEST_BUCKET: string | undefined = Deno.env.get("LINESVR_TEST_S3_BUCKET") || undefined;

/** Declares a test that needs a real S3 store. */
export function testS3(name: string, body: (folder: S3Folder) => Promise<void>): void {
  const why = TEST_BUCKET === undefined ? " (ignored: LINESVR_TEST_S3_BUCKET is not set)" : "";
  Deno.test({
    name: `${name}${why}`,
    ignore: TEST_BUCKET === undefined,
    async fn() {
      await using folder = await S3Folder.make();
      await body(folder);
    },
  });
}

/** Keys with a prefix of their own, all of which are removed at the end. */
export class S3Folder implements AsyncDisposable {
  readonly prefix: string = `linesvr-test-${crypto.randomUUID()}/`;
  readonly #keys = new Set<string>();

  /** Makes the bucket too, if there is none. */
  static async make(): Promise<S3Folder> {
    const bucket = new S3Endpoint({ bucket: TEST_BUCKET!, name: `s3://${TEST_BUCKET}` });
    const isThere = await request(
      bucket,
      { method: "HEAD" },
      ({ status }) => Promise.resolve(status !== 404),
      REQUEST_POLICY,
    );
    if (!isThere) {
      const parts = { method: "PUT", body: new Uint8Array() } as const;
      await request(bucket, parts, (answer) => answer.expect(200, 409), REQUEST_POLICY);
    }
    return new S3Folder();
  }

  location(key: string): string {
    this.#keys.add(key);
    return `s3://${TEST_BUCKET}/${this.prefix}${key}`;
  }

  async put(key: string, content: Uint8Array): Promise<string> {
    const location = this.location(key);
    await putObject(location, new MemoryText(content));
    return location;
  }

  async remove(key: string): Promise<void> {
    const endpoint = new S3Endpoint({
      bucket: TEST_BUCKET!,
      key: this.prefix + key,
      name: this.location(key),
    });
    await request(
      endpoint,
      { method: "DELETE" },
      (answer) => answer.expect(200, 204, 404),
      REQUEST_POLICY,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of this.#keys) await this.remove(key);
  }
}
