const DESCRIPTIONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "read-only file system",
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "is a directory",
  ENOSPC: "no space left on the device",
  EDQUOT: "disk quota exceeded",
  EMFILE: "too many open files",
  ENFILE: "too many open files in the system",
  EIO: "the device failed to read or write",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
};

/** The operating system's name of an error, such as `ENOENT`; undefined if it has none. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Describes in a few words why the operating system refused something. */
export function describeSystemError(error: unknown): string {
  // The message of Deno names flags that the binary does not have.
  if (error instanceof Deno.errors.NotCapable) return "not allowed by Deno's permissions";
  const code = systemErrorCode(error);
  const known = code === undefined ? undefined : DESCRIPTIONS[code];
  return known ?? (error instanceof Error ? error.message : String(error));
}

/** Formats a count for people: `1,000,000`. `toLocaleString` would load 25 ms of locale data. */
export function formatCount(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");
}
