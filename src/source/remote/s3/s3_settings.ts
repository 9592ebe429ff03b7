import { TextError } from "../../text_source.ts";

/** How S3 is reached. */
export interface S3Settings {
  /** Undefined for buckets that anybody may read. */
  readonly keys: S3Keys | undefined;
  readonly region: string;
  /** A server other than Amazon's, without a slash at the end; undefined for Amazon's. */
  readonly endpoint: string | undefined;
}

/** The secrets that sign requests. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** The variables of the environment that {@linkcode s3Settings} reads. */
export const S3_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
] as const;

const DEFAULT_REGION = "us-east-1";

/**
 * Takes the settings from the environment. Empty variables count as missing.
 *
 * @param get reads a variable
 * @throws {TextError} if a variable cannot be read or is not valid; the message never has its value
 */
export function s3Settings(
  get: (name: string) => string | undefined = (name) => Deno.env.get(name),
): S3Settings {
  const variable = (name: typeof S3_VARIABLES[number]) => readVariable(name, get) || undefined;
  const region = variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? DEFAULT_REGION;
  if (!/^[a-z0-9-]{1,64}$/.test(region)) throw invalid("AWS_REGION", "not the name of a region");
  return {
    keys: keysOf(
      variable("AWS_ACCESS_KEY_ID"),
      variable("AWS_SECRET_ACCESS_KEY"),
      variable("AWS_SESSION_TOKEN"),
    ),
    region,
    endpoint: endpointOf(variable("AWS_ENDPOINT_URL")),
  };
}

function readVariable(name: string, get: (name: string) => string | undefined): string | undefined {
  try {
    return get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new TextError(
      `Cannot read environment variable: ${name} (not allowed by Deno's permissions). ` +
        `Allow it with --allow-env=${S3_VARIABLES.join(",")}.`,
    );
  }
}

function keysOf(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
): S3Keys | undefined {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined) throw invalid("AWS_ACCESS_KEY_ID", "missing");
  if (secretAccessKey === undefined) throw invalid("AWS_SECRET_ACCESS_KEY", "missing");
  return { accessKeyId, secretAccessKey, sessionToken };
}

function endpointOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  const isUrl = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "";
  const isPlain = isUrl && `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (!isPlain) {
    throw invalid("AWS_ENDPOINT_URL", "not a URL of the form https://host:port");
  }
  return url.href.replace(/\/+$/, "");
}

function invalid(name: string, reason: string): TextError {
  return new TextError(`Invalid environment variable: ${name} (${reason}). Set it, or unset it.`);
}
