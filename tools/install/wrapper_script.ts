/** The Deno that the wrapper runs through `npx` if there is no `deno` on the PATH. */
export const NPM_DENO = "deno@2.9.6";

/** The second line of every wrapper. It tells a wrapper from other programs of that name. */
export const MARK = '# Written by "deno task install". To update it, run that again.';

/** How a task of `deno.json` runs the program. */
export interface ProgramTask {
  /** Environment variables, such as `NAME=value`. */
  readonly environment: readonly string[];
  /** Flags of `deno run`, without the permissions. */
  readonly flags: readonly string[];
}

/**
 * Parses the command of a task, such as `NAME=value deno run --v8-flags=… --allow-read main.ts serve`.
 *
 * @throws {Error} if the task does not run the subcommand of main.ts
 */
export function parseProgramTask(subcommand: string, command: string): ProgramTask {
  const words = command.split(" ");
  const deno = words.indexOf("deno");
  const environment = words.slice(0, Math.max(deno, 0));
  const [run, ...flags] = words.slice(deno + 1, -2);
  const isAsExpected = deno >= 0 && run === "run" &&
    environment.every((word) => /^\w+=[\w.]+$/.test(word)) &&
    flags.every((word) => /^--[\w=.,-]+$/.test(word)) &&
    words.slice(-2).join(" ") === `main.ts ${subcommand}`;
  if (!isAsExpected) throw new Error(`Task ${subcommand} does not run main.ts: ${command}`);
  return { environment, flags: flags.filter((flag) => !flag.startsWith("--allow-")) };
}

/**
 * A POSIX shell script that runs the program from a checkout, in the user's current folder.
 *
 * It runs with all permissions, as a compiled binary of any language does: Deno's permissions for reading do
 * not include `/dev/shm` or `/dev/stdin`, and a file may be anywhere.
 *
 * @param checkout absolute path of the checkout
 * @param tasks by subcommand, how its task in `deno.json` runs it
 */
export function wrapperScript(checkout: string, tasks: ReadonlyMap<string, ProgramTask>): string {
  const branches = [...tasks]
    .filter(([, { environment, flags }]) => environment.length + flags.length > 0)
    .map(([name, task]) => `${branch(name, task)}\n`);
  return `#!/bin/sh
${MARK}
checkout=${quote(checkout)}
if [ ! -f "$checkout/main.ts" ]; then
  echo "linesvr: No checkout: $checkout. Run \\"deno task install\\" in the checkout again." >&2
  exit 1
fi
case \${1-} in
${branches.join("")}  *) set -- "$checkout/main.ts" "$@" ;;
esac
set -- run --quiet --allow-all --config "$checkout/deno.json" "$@"
if command -v deno >/dev/null; then exec deno "$@"; fi
if command -v npx >/dev/null; then exec npx --yes ${NPM_DENO} "$@"; fi
echo 'linesvr: Neither deno nor npx is on the PATH. Install Deno or Node.js.' >&2
exit 1
`;
}

function branch(subcommand: string, { environment, flags }: ProgramTask): string {
  const exports = environment.map((variable) => `export ${variable}; `).join("");
  const words = [...flags.map(quote), '"$checkout/main.ts"', '"$@"'].join(" ");
  return `  ${subcommand}) ${exports}set -- ${words} ;;`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
