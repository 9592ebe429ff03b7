import { describeSystemError, systemErrorRemedy } from "../messages.ts";
import { TextError } from "../text_source.ts";
import { type FileIdentity, identityOf } from "./file_identity.ts";

/**
 * The state of a regular file.
 *
 * @throws {TextError} if there is none at the path, or it cannot be seen
 */
export function statRegularFile(path: string): FileIdentity {
  return attempt(path, () => {
    const info = Deno.statSync(path);
    assertIsRegular(info);
    return identityOf(info);
  });
}

/** Something other than a regular file is at a path. */
export class NotRegularFile extends Error {
  override readonly name = "NotRegularFile";
}

/** @throws {NotRegularFile} */
export function assertIsRegular(info: Deno.FileInfo): void {
  if (info.isFile) return;
  throw new NotRegularFile(info.isDirectory ? "is a directory" : "not a regular file");
}

/** How long one attempt to open a file may take at first; each further attempt may take twice as long. */
const OPEN_PATIENCE_MS = 100;
const OPEN_ATTEMPTS_MAX = 9;

/**
 * Opens a regular file for reading, without blocking the thread. Opening a FIFO waits for a program that writes to
 * it, so if opening takes long, the path is looked at again.
 *
 * @throws {NotRegularFile} (as a rejection) if something else is at the path
 * @throws {Error} (as a rejection) what the operating system said, or that opening takes too long
 */
export async function openRegularFile(path: string, open = Deno.open): Promise<Deno.FsFile> {
  let patienceMs = OPEN_PATIENCE_MS;
  for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
    assertIsRegular(Deno.statSync(path));
    const file = await openWithin(path, patienceMs, open);
    if (file !== undefined) return checked(file);
    patienceMs *= 2;
  }
  throw new Error("opening it takes too long");
}

/** As {@linkcode openRegularFile}, but blocks the thread if a FIFO is put at the path at this moment. */
export function openRegularFileSync(path: string): Deno.FsFile {
  assertIsRegular(Deno.statSync(path));
  return checked(Deno.openSync(path));
}

function checked(file: Deno.FsFile): Deno.FsFile {
  try {
    assertIsRegular(file.statSync());
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Undefined if it is not open in time. */
async function openWithin(
  path: string,
  patienceMs: number,
  open: typeof Deno.open,
): Promise<Deno.FsFile | undefined> {
  let isSettled = false;
  const opening = open(path).finally(() => isSettled = true);
  opening.catch(() => {}); // It is awaited below, maybe later than it fails.
  // Usually the file is open before this is answered. The first timer of a process would take 10 ms.
  await Deno.lstat(path).catch(() => {});
  if (isSettled) return await opening;
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  const file = await Promise.race([opening, late]).finally(() => clearTimeout(timer));
  if (file === undefined) opening.then((unwanted) => unwanted.close(), () => {});
  return file;
}

/** Runs an action; what it throws becomes a `TextError`. */
export function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toTextError(path, error);
  }
}

/** Waits for an action; what it throws becomes a `TextError`. */
export async function attemptAsync<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toTextError(path, error);
  }
}

function toTextError(path: string, error: unknown): TextError {
  return cannotRead(path, describeSystemError(error), error);
}

/** @param reason in a few words */
export function cannotRead(path: string, reason: string, cause?: unknown): TextError {
  const remedy = cause instanceof NotRegularFile
    ? "Choose a regular file."
    : systemErrorRemedy(cause) ?? "Check its path and permissions.";
  const message = `Cannot read file: ${path} (${reason}). ${remedy}`;
  return new TextError(message, { cause });
}
