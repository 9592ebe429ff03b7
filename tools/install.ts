/**
 * Installs the command `linesvr`: `deno task install [--dir DIR]`, see `--help`.
 *
 * @module
 */
import { resolve } from "node:path";
import config from "../deno.json" with { type: "json" };
import { parseCommandLine } from "../src/cli/command_line.ts";
import { EXIT_DONE } from "../src/cli/subcommand.ts";
import { runProgram } from "../src/cli/run_program.ts";
import { describeSystemError } from "../src/source/messages.ts";
import { MARK, parseProgramTask, wrapperScript } from "./install/wrapper_script.ts";

const HELP = `Usage: deno task install [--dir DIR]

Installs the command linesvr: a small shell script that runs this checkout from any folder. The script needs
deno or npx on the PATH. To uninstall linesvr, remove the script.

Options:
  --dir DIR   folder of the script (default: ~/.local/bin)
  --help      show this text`;

const CHECKOUT = resolve(import.meta.dirname!, "..");
const SUBCOMMANDS = ["index", "serve", "get", "count", "verify", "compress"] as const;

function install(args: readonly string[]): number {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(HELP);
    return EXIT_DONE;
  }
  const { values } = parseCommandLine(args, {
    command: "deno task install",
    positionals: [],
    values: ["dir"],
    switches: [],
  });
  // `deno task` changes to the checkout; INIT_CWD is the folder that the user typed the command in.
  const directory = resolve(Deno.env.get("INIT_CWD") ?? "", values.dir ?? defaultDirectory());
  const path = `${directory}/linesvr`;
  const tasks = SUBCOMMANDS.map((name) =>
    [name, parseProgramTask(name, config.tasks[name].command)] as const
  );
  write(directory, path, wrapperScript(CHECKOUT, new Map(tasks)));
  console.log(`Wrote ${path}. It runs the checkout ${CHECKOUT}.`);
  console.log(
    isOnPath(directory)
      ? `${directory} is on the PATH. Try "linesvr --help".`
      : `${directory} is not on the PATH. Add it with: export PATH="${directory}:$PATH"`,
  );
  return EXIT_DONE;
}

function defaultDirectory(): string {
  const home = Deno.env.get("HOME");
  if (home === undefined) throw new Error("HOME is not set. Choose a folder with --dir.");
  return `${home}/.local/bin`;
}

function write(directory: string, path: string, script: string): void {
  try {
    Deno.mkdirSync(directory, { recursive: true });
    if (!isReplaceable(path)) throw new Error("it is another program; move it away");
    // A new file, so that a shell that runs the old script does not see a part of the new one.
    const draft = `${path}.new`;
    Deno.writeTextFileSync(draft, script, { mode: 0o755 });
    Deno.renameSync(draft, path);
  } catch (error) {
    throw new Error(
      `Cannot write ${path} (${describeSystemError(error)}). Choose a folder with --dir.`,
    );
  }
}

function isReplaceable(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).split("\n")[1] === MARK;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

function isOnPath(directory: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").includes(directory);
}

if (import.meta.main) {
  Deno.exit(await runProgram("deno task install", async () => await install(Deno.args)));
}
