/** What tells one file, and one state of it, from another without reading it. */
export interface FileIdentity {
  /** Size in bytes. */
  readonly size: number;
  /**
   * When the content was last changed, in milliseconds since 1970; negative before. NaN if JavaScript cannot
   * represent it: before the year -271821, or after 275760.
   */
  readonly modifiedMs: number;
  /** The device, and the number of the file on it. */
  readonly inode: string;
}

/** Takes the identity out of what the operating system says of a file. */
export function identityOf(info: Deno.FileInfo): FileIdentity {
  return {
    size: info.size,
    modifiedMs: info.mtime?.getTime() ?? 0,
    inode: `${info.dev}:${info.ino}`,
  };
}

/** The identity of what the path leads to; undefined if that is nothing, or cannot be seen. */
export function identityIfThere(path: string): FileIdentity | undefined {
  try {
    return identityOf(Deno.statSync(path));
  } catch {
    return undefined;
  }
}

/** Whether both are the same file, in whatever state. */
export function sameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode;
}

/** Whether both are the same file, and nothing was written to it in between. */
export function sameState(a: FileIdentity, b: FileIdentity): boolean {
  // A time that JavaScript cannot represent is NaN, and equal to itself only so.
  return sameFile(a, b) && a.size === b.size && Object.is(a.modifiedMs, b.modifiedMs);
}

/**
 * Whether `now` is a later state of the same file in which the bytes of `before` may still be the same: nothing
 * was written, or the file has grown. An append cannot be told from an append together with an edit.
 */
export function isSameOrGrown(before: FileIdentity, now: FileIdentity): boolean {
  return sameState(before, now) || (sameFile(before, now) && now.size > before.size);
}
