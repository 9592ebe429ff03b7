import { describeSystemError, systemErrorRemedy } from "../messages.ts";
import { TextError } from "../text_source.ts";
import { type FileIdentity, identityOf } from "./file_identity.ts";

/**
 * The state of a regular file.
 *
 * @throws {TextError} if there is none at the path, or it cannot be seen
 */
export function statRegularFile(path: string): FileIdentity {
  const info = attempt(path, () => Deno.statSync(path));
  if (!info.isFile) {
    const reason = info.isDirectory ? "is a directory" : "not a regular file";
    throw new TextError(`Cannot read file: ${path} (${reason}). Choose a regular file.`);
  }
  return identityOf(info);
}

/** Runs an action; what it throws becomes a `TextError`. */
export function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cannotRead(path, describeSystemError(error), error);
  }
}

/** @param reason in a few words */
export function cannotRead(path: string, reason: string, cause?: unknown): TextError {
  const remedy = systemErrorRemedy(cause) ?? "Check its path and permissions.";
  const message = `Cannot read file: ${path} (${reason}). ${remedy}`;
  return new TextError(message, { cause });
}
