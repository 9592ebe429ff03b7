import { isUnsupported } from "./draft_disk.ts";

/** The mode of a file that only its owner can read and write. */
export const PRIVATE_MODE = 0o600;

const PERMISSION_BITS = 0o777;
const READ_WRITE_BITS = 0o666;
const GROUP_SHIFT = 3;
const CLASS_BITS = 0o7;

/** Who may read and write a file. */
export interface FileAccess {
  /** Permission bits, as of `chmod`. */
  readonly mode: number;
  readonly uid: number | null;
  readonly gid: number | null;
}

/**
 * The access to a new index.
 *
 * @param replaced the index that it replaces, whose access it keeps
 * @param text the file that it is of, whose bits for reading and writing it has otherwise
 * @returns undefined if there is neither, or the operating system has no such bits
 */
export function accessToIndex(
  replaced: Deno.FileInfo | undefined,
  text: Deno.FileInfo | undefined,
): FileAccess | undefined {
  const from = replaced ?? text;
  if (from === undefined || from.mode === null) return undefined;
  const mode = from.mode & (replaced === undefined ? READ_WRITE_BITS : PERMISSION_BITS);
  return { mode, uid: from.uid, gid: from.gid };
}

/**
 * Gives a file, whose mode is {@linkcode PRIVATE_MODE}, the owner, the group and the mode of an access, as far as
 * this process may. Never more may read or write it than the access says.
 *
 * @throws {Error} what the operating system said
 */
export function setAccess(path: string, access: FileAccess): void {
  const { mode, uid, gid } = access;
  const hasGroup = changeOwner(path, uid, gid) || changeOwner(path, null, gid);
  changeMode(path, hasGroup ? mode : withoutGroup(mode));
}

/** Sets the mode of a file, if its file system has modes. */
export function changeMode(path: string, mode: number): void {
  try {
    Deno.chmodSync(path, mode);
  } catch (error) {
    // The mode stays as it is: it is PRIVATE_MODE, or what the file system gives to every file.
    if (!isUnsupported(error)) throw error;
  }
}

// Only root may give a file to another user; a group may be given by its members.
function changeOwner(path: string, uid: number | null, gid: number | null): boolean {
  try {
    Deno.chownSync(path, uid, gid);
    return true;
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return false;
  }
}

// Bits for a group are not given to another group: it may do what everybody may.
function withoutGroup(mode: number): number {
  const others = mode & CLASS_BITS;
  const group = (mode >> GROUP_SHIFT) & others;
  return (mode & ~(CLASS_BITS << GROUP_SHIFT)) | (group << GROUP_SHIFT);
}
