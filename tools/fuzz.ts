/**
 * Compares the server with a plain model on random input: `deno task fuzz [options]`.
 *
 * @module
 */
import { parseCommandLine, parseInteger } from "../src/cli/command_line.ts";
import { onInterrupt } from "../src/cli/terminal/interrupt.ts";
import { runProgram } from "../src/cli/run_program.ts";
import { EXIT_DONE, EXIT_FAILED } from "../src/cli/subcommand.ts";
import { formatCount } from "../src/source/messages.ts";
import { Random } from "./fuzz/random.ts";
import { Round } from "./fuzz/round.ts";

const HELP = `Usage: deno task fuzz [options]

Starts the server on random files, sends random commands over several connections, and compares all bytes that
it receives with a plain model. Between and during the runs of the server, it damages the index, and edits or
appends to the file. Prints the first difference, and the seed that reproduces it.

Options:
  --minutes N  how long to run; 0 for one round (default: 1)
  --seed N     seed of the first round; each later round has the next seed (default: random)
  --help       show this text`;

const MINUTES_MAX = 10_000;
const SEED_MAX = Number.MAX_SAFE_INTEGER - 2 ** 32;

async function fuzz(args: readonly string[]): Promise<number> {
  const { values } = parseCommandLine(args, {
    command: "deno task fuzz",
    positionals: [],
    values: ["minutes", "seed"],
    switches: [],
  });
  const minutes = parseInteger(values.minutes ?? "1", "--minutes", 0, MINUTES_MAX);
  const seed = values.seed === undefined
    ? crypto.getRandomValues(new Uint32Array(1))[0]!
    : parseInteger(values.seed, "--seed", 0, SEED_MAX);
  const interrupted = new AbortController();
  using _listening = onInterrupt(() => interrupted.abort(new Error("Interrupted.")));
  const endMs = performance.now() + minutes * 60_000;
  let rounds = 0;
  let bytes = 0;
  do {
    const outcome = await runRound(seed + rounds++, interrupted.signal);
    if (outcome === undefined) return EXIT_FAILED;
    bytes += outcome;
  } while (performance.now() < endMs);
  const plural = rounds === 1 ? "round" : "rounds";
  console.log(
    `0 differences in ${formatCount(rounds)} ${plural}, ` +
      `${formatCount(bytes)} bytes compared (first seed: ${seed})`,
  );
  return EXIT_DONE;
}

// The bytes that were compared; undefined if there was a difference. Then the files are kept.
async function runRound(seed: number, interrupted: AbortSignal): Promise<number | undefined> {
  const directory = await Deno.makeTempDir({ prefix: "linesvr-fuzz-" });
  let isKept = false;
  try {
    const round = new Round(directory, new Random(seed), interrupted);
    const difference = await round.run();
    // An interrupt kills the server, which looks like a difference.
    interrupted.throwIfAborted();
    if (difference === undefined) return round.comparedBytes;
    isKept = true;
    console.log(`${difference}\nFiles: ${directory}\nReproduce it: deno task fuzz --seed ${seed}`);
    return undefined;
  } finally {
    if (!isKept) await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  const exitCode = await runProgram("fuzz", () => {
    if (!Deno.args.includes("--help")) return fuzz(Deno.args);
    console.log(HELP);
    return Promise.resolve(EXIT_DONE);
  });
  Deno.exit(exitCode);
}
