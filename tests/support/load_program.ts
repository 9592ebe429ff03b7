import { run } from "../../tools/load.ts";
import type { LoadReport, StepReport } from "../../tools/load/load_report.ts";
import { latin1 } from "./e2e_bytes.ts";
import { commandLineOf } from "./e2e_process.ts";

/** The command line that starts the load tester. */
export const LOAD_PROGRAM = commandLineOf("tools/load.ts");

/** The outcome of a run of the load tester in this process. */
export interface LoadOutcome {
  readonly code: number;
  /** The lines on standard output. */
  readonly log: readonly string[];
  /** The lines on standard error. */
  readonly error: readonly string[];
  /** The report of `--json`. */
  report(): LoadReport;
  /** The first step of the report's first server. */
  step(): StepReport;
}

/** Runs `linesvr-load` in this process, with `--json`. */
export async function runLoadHere(...args: string[]): Promise<LoadOutcome> {
  const jsonPath = await Deno.makeTempFile();
  const log: string[] = [];
  const error: string[] = [];
  const output = {
    print: (line: string) => void log.push(line),
    warn: (line: string) => void error.push(line),
  };
  try {
    const code = await run([...args, "--json", jsonPath], output);
    const json = await Deno.readTextFile(jsonPath);
    const report = () => JSON.parse(json) as LoadReport;
    return { code, log, error, report, step: () => report().targets[0]!.steps[0]! };
  } finally {
    await Deno.remove(jsonPath);
  }
}

/** The same with `--file`; each character of the text is one byte of the file. */
export async function runLoadOn(text: string, ...args: string[]): Promise<LoadOutcome> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, latin1(text));
    return await runLoadHere(...args, "--file", path);
  } finally {
    await Deno.remove(path);
  }
}
