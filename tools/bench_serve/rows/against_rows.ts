import { ensureText } from "../../bench/bench_text.ts";
import type { CommandLine } from "../../bench/measure.ts";
import type { StepReport } from "../../load/load_report.ts";
import type { RowReport } from "../bench_report.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, medianFigure, ratioFigure } from "../figure.ts";
import { type BenchServer, startServer } from "../servers/bench_server.ts";
import { load, type LoadOrder, OLD_INDEX_SUFFIX, warmedUp } from "../servers/load_process.ts";
import { ensureWarmAndColdText, NeighbourSteps } from "./cold_neighbours_row.ts";
import { LARGE_CLIENTS, warmUpLarge } from "./large_row.ts";
import { LOADS } from "./loads.ts";

const RATIO_MIN = 0.97;
const SUM_RATIO_MIN = 1;
const WHAT = "requests/s of new, relative to old";

/** Returns the rows that compare this checkout, "new", with another one, "old". */
export function againstRows(oldProgram: CommandLine): BenchRow[] {
  return [
    ...LOADS.map(({ name, what, clients, pipeline, reconnectAfter }) => ({
      name,
      what,
      run: async (context: BenchContext) => {
        const { directory, scale: { smallText } } = context.settings;
        const textPath = await ensureText(directory, smallText, context.interrupted);
        const servers = await startBoth(context, oldProgram, textPath);
        return await compare(context, servers, {
          textPath,
          clients,
          ...(pipeline !== undefined && { pipeline }),
          ...(reconnectAfter !== undefined && { reconnectAfter }),
        });
      },
    })),
    {
      name: "large-warm",
      what: "10 GB, random lines from the page cache, 50 clients",
      run: async (context) => {
        const { directory, scale: { largeText } } = context.settings;
        const textPath = await ensureText(directory, largeText, context.interrupted);
        const servers = await startBoth(context, oldProgram, textPath);
        await warmUpLarge(context, servers, textPath);
        return await compare(context, servers, { textPath, clients: LARGE_CLIENTS });
      },
    },
    {
      name: "cold-neighbours",
      what: "10 GB, 50 warm clients while 50 cold clients read from the disk",
      run: (context) => compareNeighbours(context, oldProgram),
    },
  ];
}

/** Returns the row with the sum of all requests per second; `undefined` if a load was not measured. */
export function sumRow(rows: readonly RowReport[]): RowReport | undefined {
  const figures = rows.flatMap(({ figures }) => figures.filter(({ what }) => what === WHAT));
  if (figures.length < LOADS.length + 1) return undefined;
  const sumOf = (server: number) =>
    figures.reduce((sum, { servers }) => sum + servers[server]!.requestsPerSecond, 0);
  const meanRatio = figures.reduce((sum, { value }) => sum + value!, 0) / figures.length;
  const figure = { unit: "times", servers: [] } as const;
  return {
    name: "sum",
    what: "all rows with requests/s",
    skipped: null,
    figures: [
      medianFigure({
        ...figure,
        what: `sum of the medians of ${WHAT}`,
        runs: [sumOf(0) / sumOf(1)],
        atLeast: SUM_RATIO_MIN,
      }),
      medianFigure({ ...figure, what: "mean of the ratios", runs: [meanRatio] }),
    ],
  };
}

type Servers = readonly [now: BenchServer, old: BenchServer];

async function startBoth(
  context: BenchContext,
  oldProgram: CommandLine,
  textPath: string,
): Promise<Servers> {
  const workers = ["--workers", `${context.settings.workers}`];
  // The formats of the two indexes may differ.
  const oldFlags = [...workers, "--index", `${textPath}${OLD_INDEX_SUFFIX}`];
  return [
    await startServer(context, "new", textPath, workers),
    await startServer(context, "old", textPath, oldFlags, oldProgram),
  ];
}

async function compare(
  context: BenchContext,
  servers: Servers,
  order: Pick<LoadOrder, "textPath" | "pipeline" | "reconnectAfter"> & { readonly clients: number },
): Promise<Figure[]> {
  const { runs, durationMs } = context.settings;
  const steps: Record<string, StepReport[]> = { new: [], old: [] };
  // In half of the runs the old server comes first, so that neither has an advantage.
  for (const [i, count] of [Math.ceil(runs / 2), Math.floor(runs / 2)].entries()) {
    if (count === 0) continue;
    const measured = await load(context, {
      ...order,
      servers: i === 0 ? servers : servers.toReversed(),
      clients: warmedUp(order.clients, count),
      step: { durationMs },
    });
    for (const { label, steps: added } of measured) steps[label]!.push(...added);
  }
  const [now, old] = ["new", "old"].map((label) => ({ label, steps: steps[label]! }));
  return [ratioFigure(WHAT, { atLeast: RATIO_MIN }, now!, old!)];
}

async function compareNeighbours(
  context: BenchContext,
  oldProgram: CommandLine,
): Promise<Figure[]> {
  const text = await ensureWarmAndColdText(context);
  const [nowServer, oldServer] = await startBoth(context, oldProgram, text.coldPath);
  const now = new NeighbourSteps();
  const old = new NeighbourSteps();
  const measurements = [
    () => now.add(context, nowServer, text),
    () => old.add(context, oldServer, text),
  ];
  for (let run = 0; run < context.settings.runs; run++) {
    for (const measure of run % 2 === 0 ? measurements : measurements.toReversed()) await measure();
  }
  const { atMost: _atMost, ...oldFigure } = old.figure("old: ");
  return [
    medianFigure({
      what: "p99 of the warm clients of new, relative to old",
      unit: "times",
      runs: now.p99sMs.map((p99Ms, run) => p99Ms / old.p99sMs[run]!),
      servers: [],
    }),
    now.figure("new: "),
    oldFigure,
  ];
}
