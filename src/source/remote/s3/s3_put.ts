import { type ByteSource, TextError } from "../../text_source.ts";
import { openEndpoint, policyOf, type RemoteOptions } from "../open_endpoint.ts";
import { RemoteFailure, toRemoteError } from "../remote_failure.ts";
import { parseRemote } from "../remote_location.ts";
import type { Endpoint } from "../endpoint.ts";
import { request } from "../request.ts";
import type { RequestPolicy } from "../request_policy.ts";
import { escapeXml, xmlText } from "./s3_xml.ts";

/** The size of a part of a large object. S3 takes up to 10,000 parts, each at least 5 MiB. */
export const PART_BYTES: number = 16 * 1024 * 1024;

/** How many parts are sent at a time; each is in memory. */
export const PARTS_AT_A_TIME = 4;

const PARTS_MAX = 10_000;
const ANSWER_MAX_BYTES: number = 64 * 1024;

/**
 * Writes an object, over any that is there. It appears when it is complete; until then, readers see the old one.
 *
 * @param location `s3://bucket/key`
 * @param content read by several reads side by side; must not change meanwhile
 * @throws {TextError} (as a rejection) if it cannot be written: then nothing is left of it
 */
export async function putObject(
  location: string,
  content: ByteSource,
  options: RemoteOptions = {},
): Promise<void> {
  const { kind, name } = parseRemote(location);
  if (kind !== "s3") {
    throw new TextError(`Cannot write file: ${name} (only S3 can be written to). Use --index.`);
  }
  const endpoint = openEndpoint(location, options);
  const policy = policyOf(options);
  try {
    if (content.size <= PART_BYTES) await putWhole(endpoint, content, policy, options.signal);
    else await putParts(endpoint, content, policy, options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toRemoteError("write", name, error);
  }
}

async function putWhole(
  endpoint: Endpoint,
  content: ByteSource,
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<void> {
  const body = await readPart(content, 0, content.size, signal);
  await request(
    endpoint,
    { method: "PUT", body },
    (answer) => answer.expect(200, 201, 204),
    policy,
    signal,
  );
}

async function putParts(
  endpoint: Endpoint,
  content: ByteSource,
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (Math.ceil(content.size / PART_BYTES) > PARTS_MAX) throw new RemoteFailure("it is too large");
  const uploadId = await beginUpload(endpoint, policy, signal);
  const abort = new AbortController();
  const partSignal = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
  try {
    const etags = await sendParts(endpoint, content, uploadId, policy, partSignal, abort);
    await completeUpload(endpoint, uploadId, etags, policy, signal);
  } catch (error) {
    await abortUpload(endpoint, uploadId, policy);
    throw error;
  }
}

async function beginUpload(
  endpoint: Endpoint,
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<string> {
  const parts = { method: "POST", query: { uploads: "" } } as const;
  return await request(
    endpoint,
    parts,
    async (answer) => {
      await answer.expect(200);
      const uploadId = xmlText(await answer.text(ANSWER_MAX_BYTES), "UploadId") ?? "";
      if (uploadId === "") throw new RemoteFailure("the answer has no upload id");
      return uploadId;
    },
    policy,
    signal,
  );
}

// Returns the ETags of the parts, in order. After a failure, no part is being sent any more.
async function sendParts(
  endpoint: Endpoint,
  content: ByteSource,
  uploadId: string,
  policy: RequestPolicy,
  signal: AbortSignal,
  abort: AbortController,
): Promise<string[]> {
  const etags: string[] = [];
  const count = Math.ceil(content.size / PART_BYTES);
  let next = 0;
  const send = async () => {
    for (let part = next++; part < count; part = next++) {
      const from = part * PART_BYTES;
      const body = await readPart(content, from, Math.min(from + PART_BYTES, content.size), signal);
      const query = { partNumber: `${part + 1}`, uploadId };
      etags[part] = await request(
        endpoint,
        { method: "PUT", query, body },
        async (answer) => {
          await answer.expect(200);
          const etag = answer.headers.get("etag");
          if (etag === null) throw new RemoteFailure("the answer has no ETag");
          return etag;
        },
        policy,
        signal,
      );
    }
  };
  const senders = Array.from({ length: PARTS_AT_A_TIME }, () =>
    send().catch((error) => {
      if (!abort.signal.aborted) abort.abort(error);
    }));
  await Promise.all(senders);
  signal.throwIfAborted();
  return etags;
}

async function completeUpload(
  endpoint: Endpoint,
  uploadId: string,
  etags: readonly string[],
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parts = etags.map((etag, i) =>
    `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`
  );
  const document = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
  const body = new TextEncoder().encode(document);
  await request(
    endpoint,
    { method: "POST", query: { uploadId }, body },
    async (answer) => {
      await answer.expect(200);
      // S3 sends status 200 before it knows whether it succeeds.
      const text = await answer.text(ANSWER_MAX_BYTES);
      if (!/<CompleteMultipartUploadResult[\s>]/.test(text)) {
        throw new RemoteFailure("S3 did not put the parts together", { isTransient: true });
      }
    },
    policy,
    signal,
  );
}

// Parts that are left cost money. If this fails too, a rule of the bucket can remove them.
async function abortUpload(
  endpoint: Endpoint,
  uploadId: string,
  policy: RequestPolicy,
): Promise<void> {
  const parts = { method: "DELETE", query: { uploadId } } as const;
  await request(endpoint, parts, (answer) => answer.expect(204, 200, 404), policy).catch(() => {});
}

async function readPart(
  content: ByteSource,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(to - from);
  if (!content.tryRead(bytes, from)) await content.read(bytes, from, signal);
  return bytes;
}
