import { systemErrorCode } from "../../source/messages.ts";

/** What a draft needs of its file system. Each method rejects with what the operating system said. */
export interface DraftDisk {
  /** Waits until no other process has locked the file, and locks it. */
  lock(file: Deno.FsFile): Promise<void>;
  /** When it resolves, what was written is on the disk. */
  sync(file: Deno.FsFile): Promise<void>;
  /** When it resolves, the names in the directory of a path are on the disk. */
  syncDirectoryOf(path: string): Promise<void>;
}

/** What a file system may lack. */
export type MissingFeature = "lock" | "sync";

/** The file systems of this machine. */
export const localDisk: DraftDisk = {
  lock: (file) => file.lock(true),
  sync: (file) => file.sync(),
  syncDirectoryOf: async (path) => {
    using directory = await Deno.open(directoryOf(path));
    await directory.sync();
  },
};

// How long a lock takes at least if another process holds it.
const WAIT_NOTICE_AFTER_MS = 200;

/** How to wait for a lock. */
export interface LockOptions {
  /** Called once if another process has to be waited for. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
  /** @default {localDisk} */
  readonly disk?: DraftDisk;
}

/**
 * Locks a file.
 *
 * @param mayWait whether another process may have locked it
 * @throws the signal's reason, if it was aborted
 */
export async function lock(
  file: Deno.FsFile,
  mayWait: boolean,
  options: LockOptions,
): Promise<void> {
  const { onWait, signal, disk = localDisk } = options;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal?.reason);
  // Only if it may be needed: the first timer of a process takes some milliseconds.
  const notice = mayWait ? setTimeout(() => onWait?.(), WAIT_NOTICE_AFTER_MS) : undefined;
  signal?.addEventListener("abort", onAbort);
  try {
    await Promise.race([disk.lock(file), aborted]);
  } finally {
    // Even clearing no timer would set timers up: 20 ms and 4 MiB, measured.
    if (notice !== undefined) clearTimeout(notice);
    signal?.removeEventListener("abort", onAbort);
  }
}

// What network file systems say if they have no locks, or cannot sync a directory. EACCES: a directory that may
// be written to, but not read, cannot be opened for syncing.
const UNSUPPORTED: ReadonlySet<string | undefined> = new Set([
  "EINVAL",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOLCK",
  "EACCES",
  "EPERM",
]);

/** Whether an error says that the file system does not support what was asked of it. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof Deno.errors.NotSupported || UNSUPPORTED.has(systemErrorCode(error));
}

/** Finds out which features a file system lacks, and reports each of them once. */
export class MissingFeatures {
  readonly #reported = new Set<MissingFeature>();
  readonly #report: ((feature: MissingFeature) => void) | undefined;

  constructor(report: ((feature: MissingFeature) => void) | undefined) {
    this.#report = report;
  }

  /**
   * Waits for an action that needs a feature. If the file system lacks the feature, that is no failure.
   *
   * @throws what the action threw otherwise
   */
  async unless(feature: MissingFeature, action: Promise<void>): Promise<void> {
    try {
      await action;
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      if (this.#reported.has(feature)) return;
      this.#reported.add(feature);
      this.#report?.(feature);
    }
  }
}

// The operating system follows as many.
const LINKS_MAX = 40;

/**
 * Where a path leads if it is a symbolic link, even if nothing is there.
 *
 * @throws {Error} what the operating system said, such as that there is a loop
 */
export function followLinks(path: string): string {
  let target = path;
  for (let links = 0; links < LINKS_MAX; links++) {
    if (statIfThere(target)?.isSymlink !== true) return target;
    const next = Deno.readLinkSync(target);
    target = next.startsWith("/") ? next : directoryOf(target) + next;
  }
  throw Object.assign(new Error("too many symbolic links"), { code: "ELOOP" });
}

/** What is at a path, without following a link. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  return unlessMissing(() => Deno.lstatSync(path));
}

/** What a path leads to. */
export function followIfThere(path: string): Deno.FileInfo | undefined {
  return unlessMissing(() => Deno.statSync(path));
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether a path still leads to an open file. Otherwise another program has renamed or removed it. */
export function stillAt(file: Deno.FsFile, path: string): boolean {
  const found = statIfThere(path);
  const opened = file.statSync();
  return found !== undefined && found.ino === opened.ino && found.dev === opened.dev;
}

// Ends with a slash.
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) || "./";
}
