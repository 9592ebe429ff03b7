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
  EADDRNOTAVAIL: { description: "no network interface of this machine has this address" },
  ENOMEM: { description: "not enough memory", remedy: "Stop other programs, or add memory." },
  EIO: { description: "the device failed to read or write", remedy: "Check the device." },
  ESTALE: { description: "its server has another file in its place" },
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

// Errors whose names Deno does not know, by their numbers on each operating system.
const CODES_BY_NUMBER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  linux: { 23: "ENFILE", 37: "ENOLCK", 38: "ENOSYS", 116: "ESTALE", 122: "EDQUOT" },
  darwin: { 23: "ENFILE", 69: "EDQUOT", 70: "ESTALE", 77: "ENOLCK", 78: "ENOSYS" },
};

/** The operating system's name of an error, such as `ENOENT`; undefined if it has none. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") return code;
  const number = error instanceof Error ? /\(os error (\d+)\)/.exec(error.message)?.[1] : undefined;
  return number === undefined ? undefined : CODES_BY_NUMBER[Deno.build.os]?.[number];
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

/** One name for files: that of the only one, or that of the first with their number. */
export function describeFiles(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names[0]} … (${formatCount(names.length)} files)`;
}

/** Formats a count for people: `1,000,000`. `toLocaleString` would load 25 ms of locale data. */
export function formatCount(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");
}
