import { run } from "../../src/cli/run.ts";
import type { LoadReport, StepReport } from "../../tools/load/load_report.ts";
import { latin1 } from "./e2e_bytes.ts";

/** What came of a run of the load tester in this process. */
export interface LoadOutcome {
  readonly code: number;
  /** What it printed on standard output, line by line. */
  readonly log: readonly string[];
  /** What it printed on standard error, line by line. */
  readonly error: readonly string[];
  /** What it wrote with `--json`. */
  report(): LoadReport;
  /** The only step of that report's only server. */
  step(): StepReport;
}

/** Runs `linesvr load` in this process, with `--json`. */
export async function runLoadHere(...args: string[]): Promise<LoadOutcome> {
  const jsonPath = await Deno.makeTempFile();
  const { log: realLog, error: realError } = console;
  const log: string[] = [];
  const error: string[] = [];
  console.log = (line: string) => void log.push(line);
  console.error = (line: string) => void error.push(line);
  try {
    const code = await run(["load", ...args, "--json", jsonPath]);
    const json = await Deno.readTextFile(jsonPath);
    const report = () => JSON.parse(json) as LoadReport;
    return { code, log, error, report, step: () => report().targets[0]!.steps[0]! };
  } finally {
    Object.assign(console, { log: realLog, error: realError });
    await Deno.remove(jsonPath);
  }
}

/** As above, compared with a file of that text; one character is one byte. */
export async function runLoadOn(text: string, ...args: string[]): Promise<LoadOutcome> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, latin1(text));
    return await runLoadHere(...args, "--file", path);
  } finally {
    await Deno.remove(path);
  }
}
