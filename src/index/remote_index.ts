import { LocalFile } from "../source/local/local_file.ts";
import { AlignedReader } from "../source/remote/aligned_reader.ts";
import { ParallelReader } from "../source/remote/parallel_reader.ts";
import { RemoteFailure } from "../source/remote/remote_failure.ts";
import { locationName } from "../source/remote/remote_location.ts";
import { RemoteText } from "../source/remote/remote_text.ts";
import { type ByteSource, TextError } from "../source/text_source.ts";
import { missingIndex, unreadableIndex } from "./index_error.ts";

const NOT_FOUND = 404;
const COPIED_BYTES = 1024 * 1024;

/** @throws {IndexError} (as a rejection) `missing`, or `unreadable` */
export async function openRemoteIndex(location: string): Promise<ByteSource> {
  return new AlignedReader(await openRemote(location));
}

async function openRemote(location: string): Promise<ByteSource> {
  try {
    return await RemoteText.open(location);
  } catch (error) {
    throw toIndexError(location, error);
  }
}

/**
 * Copies an index from a server to a temporary file, which is gone when it is closed. Reading it may block the thread.
 *
 * @throws {IndexError} (as a rejection) `missing`, or `unreadable`
 */
export async function copyRemoteIndex(location: string): Promise<ByteSource> {
  await using remote = new ParallelReader(await openRemote(location));
  const path = await Deno.makeTempFile({ prefix: "linesvr_", suffix: ".lineidx" });
  try {
    using file = await Deno.open(path, { write: true });
    const bytes = new Uint8Array(COPIED_BYTES);
    for (let offset = 0; offset < remote.size; offset += bytes.length) {
      const part = bytes.subarray(0, Math.min(bytes.length, remote.size - offset));
      await remote.read(part, offset);
      for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
    }
    const { name } = remote;
    const toError = (cause: unknown) => unreadableIndex(name, cause);
    return new Copy(name, await LocalFile.open(path, { mayBlock: true, toError }));
  } catch (error) {
    throw toIndexError(location, error);
  } finally {
    await Deno.remove(path);
  }
}

function toIndexError(location: string, error: unknown): unknown {
  if (!(error instanceof TextError)) return unreadableIndex(locationName(location), error);
  const { cause } = error;
  if (!(cause instanceof RemoteFailure)) return error;
  return cause.status === NOT_FOUND
    ? missingIndex(locationName(location))
    : unreadableIndex(locationName(location), cause);
}

/** A file with another name. */
class Copy implements ByteSource {
  readonly name: string;
  readonly #file: LocalFile;

  constructor(name: string, file: LocalFile) {
    this.name = name;
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    return this.#file.tryRead(into, offset);
  }

  read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    return this.#file.read(into, offset, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]();
  }
}
