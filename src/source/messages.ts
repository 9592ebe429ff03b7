interface KnownError {
  /** In a few words. */
  readonly description: string;
  /** What the user can do, as a sentence; if not given, that depends on what failed. */
  readonly remedy?: string;
}

const KNOWN_ERRORS: Readonly<Record<string, KnownError>> = {
  EACCES: { description: "permission denied" },
  EPERM: { description: "permission denied" },
  EROFS: { description: "read-only file system" },
  ENOENT: { description: "no such file or directory" },
  ENOTDIR: { description: "a part of the path is not a directory" },
  EISDIR: { description: "is a directory", remedy: "Choose a regular file." },
  ENOSPC: { description: "no space left on the device" },
  EDQUOT: { description: "disk quota exceeded" },
  EMFILE: {
    description: "too many open files",
    remedy: "Raise the limit of open files (ulimit -n).",
  },
  ENFILE: {
    description: "too many open files in the system",
    remedy: "Raise the limit of open files of the system (sysctl fs.file-max).",
  },
  ENOMEM: { description: "not enough memory", remedy: "Stop other programs, or add memory." },
  EIO: { description: "the device failed to read or write", remedy: "Check the device." },
  ENAMETOOLONG: { description: "the name is too long", remedy: "Choose a shorter path." },
  ELOOP: {
    description: "too many symbolic links",
    remedy: "Check the symbolic links in its path.",
  },
};

// The message of Deno names flags that the binary does not have.
const NOT_CAPABLE: KnownError = {
  description: "not allowed by Deno's permissions",
  remedy: 'Run the command that "deno task install" installs, or the binary.',
};

/** The operating system's name of an error, such as `ENOENT`; undefined if it has none. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Describes in a few words why the operating system refused something. */
export function describeSystemError(error: unknown): string {
  const known = knownError(error);
  return known?.description ?? (error instanceof Error ? error.message : String(error));
}

/** What the user can do about an error, as a sentence; undefined if that depends on what failed. */
export function systemErrorRemedy(error: unknown): string | undefined {
  return knownError(error)?.remedy;
}

function knownError(error: unknown): KnownError | undefined {
  if (error instanceof Deno.errors.NotCapable) return NOT_CAPABLE;
  const code = systemErrorCode(error);
  return code === undefined ? undefined : KNOWN_ERRORS[code];
}

/** Formats a count for people: `1,000,000`. `toLocaleString` would load 25 ms of locale data. */
export function formatCount(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");
}
