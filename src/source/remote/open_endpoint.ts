import { RemoteFailure } from "./remote_failure.ts";
import { type HttpLocation, parseRemote, type S3Location } from "./remote_location.ts";
import type { AuthorizedRequest, Endpoint, RequestParts } from "./endpoint.ts";
import { REQUEST_POLICY, type RequestPolicy } from "./request_policy.ts";
import { type S3Settings, s3Settings } from "./s3/s3_settings.ts";

/** How remote files are reached. */
export interface RemoteOptions {
  /** Replaces parts of {@linkcode REQUEST_POLICY}. */
  readonly policy?: Partial<RequestPolicy>;
  /** @default {the settings in the environment, read when they are needed} */
  readonly s3?: S3Settings;
  readonly signal?: AbortSignal;
}

/** For how long the signature of a GET is used again. Servers accept one for 15 minutes. */
const SIGNATURE_REUSE_MS = 60_000;

/**
 * The endpoint of a remote file.
 *
 * @throws {TextError} if its location, or the environment for S3, is not valid
 */
export function openEndpoint(location: string, { s3 }: RemoteOptions = {}): Endpoint {
  const parsed = parseRemote(location);
  return parsed.kind === "s3" ? new S3Endpoint(parsed, s3) : new HttpEndpoint(parsed);
}

/** The policy for these options. */
export function policyOf({ policy }: RemoteOptions): RequestPolicy {
  return { ...REQUEST_POLICY, ...policy };
}

class HttpEndpoint implements Endpoint {
  readonly name: string;
  readonly redirects = "follow";
  readonly storesEncoding = false;
  readonly #request: AuthorizedRequest;

  constructor({ name, url, authorization }: HttpLocation) {
    this.name = name;
    this.#request = { url, headers: authorization === undefined ? {} : { authorization } };
  }

  authorize(): Promise<AuthorizedRequest> {
    return Promise.resolve(this.#request);
  }
}

/** An object of S3, or a bucket if it is given without a key. */
export class S3Endpoint implements Endpoint {
  readonly name: string;
  // A redirection names another region, which the signature does not fit.
  readonly redirects = "refuse";
  readonly storesEncoding = true;
  readonly #url: string;
  readonly #settings: S3Settings;
  // Neither the range nor the condition is signed, so all reads of an object have the same signature.
  #signedGet: Promise<AuthorizedRequest> | undefined;
  #signedAtMs = -Infinity;

  /** @throws {TextError} if the environment is not valid */
  constructor(
    { bucket, key, name }: Pick<S3Location, "bucket" | "name"> & { readonly key?: string },
    settings: S3Settings = s3Settings(),
  ) {
    this.name = name;
    this.#settings = settings;
    this.#url = urlOf(bucket, key ?? "", settings);
  }

  authorize(parts: RequestParts): Promise<AuthorizedRequest> {
    if (parts.method !== "GET" || parts.query !== undefined) return this.#sign(parts);
    // By the clock that the signature has the time of, which goes on while the machine sleeps.
    const nowMs = Date.now();
    if (
      this.#signedGet === undefined || Math.abs(nowMs - this.#signedAtMs) > SIGNATURE_REUSE_MS
    ) {
      this.#signedAtMs = nowMs;
      this.#signedGet = this.#sign(parts);
      this.#signedGet.catch(() => this.#signedGet = undefined);
    }
    return this.#signedGet;
  }

  async #sign({ method, query = {}, body }: RequestParts): Promise<AuthorizedRequest> {
    const { keys, region } = this.#settings;
    const url = this.#url + encodeQuery(query);
    const headers = body === undefined ? {} : { "x-amz-content-sha256": await sha256Of(body) };
    if (keys === undefined) return { url, headers };
    const { signS3 } = await importSigner();
    return { url, headers: await signS3({ method, url, headers }, keys, region) };
  }
}

// Loaded with its package when it is needed.
async function importSigner(): Promise<typeof import("./s3/sign_s3.ts")> {
  try {
    return await import("./s3/sign_s3.ts");
  } catch (error) {
    throw new RemoteFailure("the package aws4fetch cannot be loaded", {
      remedy: "Check the access to the package registry, or use the binary.",
      cause: error,
    });
  }
}

function urlOf(bucket: string, key: string, { endpoint, region }: S3Settings): string {
  const path = encodeS3(key).replaceAll("%2F", "/");
  if (endpoint !== undefined) return `${endpoint}/${bucket}/${path}`;
  // The certificate of Amazon is not for names with more dots.
  if (bucket.includes(".")) return `https://s3.${region}.amazonaws.com/${bucket}/${path}`;
  return `https://${bucket}.s3.${region}.amazonaws.com/${path}`;
}

function encodeQuery(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeS3(value)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

// As signatures have it: everything but letters, digits and -._~ is encoded.
function encodeS3(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
