import { AwsV4Signer } from "aws4fetch";
import type { S3Keys } from "./s3_settings.ts";

/** What is signed of a request. */
export interface S3Request {
  readonly method: string;
  readonly url: string;
  /** Only the headers that are to be signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Signs a request.
 *
 * @returns the headers to send, which are valid for a few minutes
 */
export async function signS3(
  { method, url, headers }: S3Request,
  keys: S3Keys,
  region: string,
): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const signer = new AwsV4Signer({
    method,
    url,
    headers: { ...headers },
    service: "s3",
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  return Object.fromEntries((await signer.sign()).headers);
}
