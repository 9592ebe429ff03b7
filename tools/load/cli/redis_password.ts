import { cannotReadFile } from "../load_failure.ts";
import type { LoadTarget } from "../target/load_target.ts";

/**
 * Gives the password in the first line of a file to every Redis whose address has none.
 *
 * @throws {LoadFailure} if the file cannot be read
 */
export async function withPasswordFrom(
  path: string,
  targets: readonly LoadTarget[],
): Promise<LoadTarget[]> {
  const text = await Deno.readTextFile(path).catch((error) => {
    throw cannotReadFile(path, error, "--redis-password-file");
  });
  const password = text.split(/\r?\n/)[0]!;
  return targets.map((target) => {
    if (target.protocol !== "redis" || target.session?.password !== undefined) return target;
    const plain = { encryption: "none", username: undefined, database: 0 } as const;
    return { ...target, session: { ...plain, ...target.session, password } };
  });
}

/** Hides the user and the password in addresses of Redis. */
export function withoutPasswords(line: string): string {
  return line.replace(/(rediss?:\/\/)\S*@/g, "$1…@");
}
