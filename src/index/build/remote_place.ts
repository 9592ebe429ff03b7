import { describeSystemError } from "../../source/messages.ts";
import { LocalFile } from "../../source/local/local_file.ts";
import { locationName, parseRemote } from "../../source/remote/remote_location.ts";
import { readHead } from "../../source/remote/read_head.ts";
import { RemoteFailure } from "../../source/remote/remote_failure.ts";
import { putObject } from "../../source/remote/s3/s3_put.ts";
import { type ByteSource, TextError } from "../../source/text_source.ts";
import { encodeHeader, type IndexHeader, isIndex, MAGIC, sameIndex } from "../format/header.ts";
import { foreignIndex, IndexError, unwritableIndex } from "../index_error.ts";
import { readHeaderOf } from "../index_reader.ts";
import { copyRemoteIndex } from "../remote_index.ts";

/** Where an index is written to. */
export interface IndexPlace extends AsyncDisposable {
  /** The path of the file that is written. */
  readonly path: string;
  /**
   * Puts the written file where the index is to be.
   *
   * @throws {IndexError} (as a rejection) `unwritable`, or `foreign` if it would overwrite something else
   */
  publish(): Promise<void>;
}

/**
 * Prepares to write an index for a server.
 *
 * @throws {IndexError} (as a rejection) `unwritable`, or `foreign` if it would overwrite something else
 */
export async function openRemotePlace(location: string, signal?: AbortSignal): Promise<IndexPlace> {
  await assertReplaceable(location);
  return new RemotePlace(location, await makeFolder(location), signal);
}

async function makeFolder(location: string): Promise<string> {
  try {
    return await Deno.makeTempDir({ prefix: "linesvr_" });
  } catch (cause) {
    const reason = `no folder for temporary files, ${describeSystemError(cause)}`;
    const message = `Cannot write index: ${locationName(location)} (${reason}). ` +
      "Set TMPDIR to a folder that exists, or choose a local path with --index.";
    throw new IndexError("unwritable", message, { cause });
  }
}

/**
 * Records in an index on a server the version stamp of its file: as `recordStamp`, but all of the index is written.
 *
 * @param header of the index whose file it is
 * @throws {IndexError} (as a rejection) if it cannot be read or written
 */
export async function recordRemoteStamp(
  location: string,
  header: IndexHeader,
  versionStamp: number,
): Promise<void> {
  assertOnS3(location);
  await using index = await copyRemoteIndex(location);
  if (!sameIndex(await readHeaderOf(index), header)) return;
  await put(location, new OtherHeader(index, encodeHeader({ ...header, versionStamp })));
}

class RemotePlace implements IndexPlace {
  readonly path: string;
  readonly #location: string;
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;

  constructor(location: string, folder: string, signal: AbortSignal | undefined) {
    this.path = `${folder}/index.lineidx`;
    this.#location = location;
    this.#folder = folder;
    this.#signal = signal;
  }

  async publish(): Promise<void> {
    const toError = (cause: unknown) => unwritableIndex(this.path, cause);
    await using file = await LocalFile.open(this.path, { mayBlock: true, toError });
    // Another program may have put something there meanwhile.
    await assertReplaceable(this.#location);
    await put(this.#location, file, this.#signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function put(location: string, content: ByteSource, signal?: AbortSignal): Promise<void> {
  try {
    await putObject(location, content, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw toIndexError(location, error);
  }
}

function assertOnS3(location: string): void {
  if (parseRemote(location).kind === "s3") return;
  throw unwritableIndex(locationName(location), new RemoteFailure("only S3 can be written to"));
}

async function assertReplaceable(location: string): Promise<void> {
  assertOnS3(location);
  const head = await readHead(location, MAGIC.length)
    .catch((error) => Promise.reject(toIndexError(location, error)));
  if (head !== undefined && !isIndex(head)) throw foreignIndex(locationName(location));
}

function toIndexError(location: string, error: unknown): unknown {
  const cause = error instanceof TextError ? error.cause ?? error : error;
  return unwritableIndex(locationName(location), cause);
}

/** An index with other bytes at its beginning. */
class OtherHeader implements ByteSource {
  readonly #index: ByteSource;
  readonly #header: Uint8Array;

  constructor(index: ByteSource, header: Uint8Array) {
    this.#index = index;
    this.#header = header;
  }

  get name(): string {
    return this.#index.name;
  }

  get size(): number {
    return this.#index.size;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    if (!this.#index.tryRead(into, offset)) return false;
    if (offset < this.#header.length) {
      into.set(this.#header.subarray(offset, offset + into.length));
    }
    return true;
  }

  async read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    await this.#index.read(into, offset, signal);
    if (offset < this.#header.length) {
      into.set(this.#header.subarray(offset, offset + into.length));
    }
  }

  /** Does nothing: the index belongs to the caller. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
