import { IndexError } from "../index_error.ts";
import { notHalfBuilt, statIfThere } from "./index_paths.ts";

// How often to open the draft anew because another builder finished, and removed it, in between.
const ACQUIRE_ATTEMPTS_MAX = 100;
// How long a lock may take before it is said that another process holds it.
const WAIT_NOTICE_AFTER_MS = 200;

/** How a draft is waited for. */
export interface AcquireOptions {
  /** Called once where another process has to be waited for. */
  readonly onWait?: () => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a file for reading and writing, made where there is none, and waits until no other process has
 * it. Its lock is the system's: it is gone when the file is closed, or the process ends.
 *
 * @returns the file that has this name now, whatever is in it
 * @throws {IndexError} `foreign` where the name is taken by something that is no file, or `busy`
 * @throws the signal's reason, where it was aborted
 */
export async function openLocked(path: string, options: AcquireOptions): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ACQUIRE_ATTEMPTS_MAX; attempt++) {
    options.signal?.throwIfAborted();
    // Looked at before it is opened: opening a pipe would wait, and a link lead elsewhere.
    const found = statIfThere(path);
    if (found?.isFile === false) throw notHalfBuilt(path);
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    try {
      await lock(file, found !== undefined, options);
      if (isNamed(file, path)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
  throw new IndexError("busy", `Index is being built by others all the time: ${path}: try again`);
}

/**
 * Whether a name is that of a file that is open. Not so where another builder, or anybody else, has
 * renamed or removed it since.
 */
export function isNamed(file: Deno.FsFile, path: string): boolean {
  const named = statIfThere(path);
  const opened = file.statSync();
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}

async function lock(
  file: Deno.FsFile,
  mayBeHeld: boolean,
  { onWait, signal }: AcquireOptions,
): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal?.reason);
  // Only where it may be needed: the first timer of a process takes some milliseconds.
  const notice = mayBeHeld ? setTimeout(() => onWait?.(), WAIT_NOTICE_AFTER_MS) : undefined;
  signal?.addEventListener("abort", onAbort);
  try {
    await Promise.race([file.lock(true), aborted.promise]);
  } finally {
    if (notice !== undefined) clearTimeout(notice);
    signal?.removeEventListener("abort", onAbort);
  }
}
