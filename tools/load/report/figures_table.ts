import type { LoadReport, StepReport, TargetReport } from "../load_report.ts";
import { formatCount, formatMs, formatPercent, formatRatio, NO_FIGURE } from "./figures.ts";
import { hasOwnFirstByte } from "./first_byte.ts";
import { type Markup, markup } from "./markup.ts";

/** One step of one target. */
interface Row {
  readonly target: TargetReport;
  readonly step: StepReport;
  /** The same step of the first target; `undefined` for the first target itself. */
  readonly first: StepReport | undefined;
  /** Whether it is the first row with this number of clients. */
  readonly startsGroup: boolean;
}

interface Column {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** A class of the style sheet. */
  readonly style?: "text" | "ratio";
  /** A class that marks a cell. */
  readonly alarm?: (step: StepReport) => "bad" | "saturated" | undefined;
}

interface PlacedColumn extends Column {
  /** Whether it is the first column of its group. */
  readonly startsGroup: boolean;
}

interface ColumnGroup {
  readonly head: string;
  readonly columns: readonly Column[];
}

type Read = (step: StepReport) => number | undefined;

/** A range of steps. */
export interface StepRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Renders a table of all figures: a row for each target in each step.
 *
 * @param title the table's name for screen readers
 */
export function renderFiguresTable(report: LoadReport, range: StepRange, title: string): Markup {
  const groups = columnGroups(report).filter(({ columns }) => columns.length > 0);
  const columns = groups.flatMap(({ columns }) =>
    columns.map((column, i) => ({ ...column, startsGroup: i === 0 }))
  );
  const rows = rowsOf(report, range);
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${title}">
<table class="figures">
<thead>
<tr>${groups.map(renderGroupHead)}</tr>
<tr>${columns.map(renderHead)}</tr>
</thead>
<tbody>
${rows.map((row) => renderRow(row, columns))}</tbody>
</table>
</div>${notesOn(report, rows)}`;
}

function renderGroupHead({ head, columns }: ColumnGroup): Markup {
  // A head without text would be announced as an empty one.
  if (head === "") return markup`<td colspan="${columns.length}"></td>`;
  return markup`<th scope="colgroup" colspan="${columns.length}">${head}</th>`;
}

function renderHead(column: PlacedColumn): Markup {
  return markup`<th scope="col" class="${classOf(column)}">${column.head}</th>`;
}

function renderRow(row: Row, columns: readonly PlacedColumn[]): Markup {
  const cells = columns.map((column) =>
    markup`<td class="${classOf(column, row.step)}">${column.cell(row)}</td>`
  );
  return markup`<tr class="${row.startsGroup ? "starts" : ""}">${cells}</tr>\n`;
}

function notesOn({ targets }: LoadReport, rows: readonly Row[]): Markup[] {
  const ratios = markup`
<p class="note">Ratios are relative to ${targets[0]!.label}.</p>`;
  const saturation = markup`
<p class="note">▲ The load tester used a whole processor.</p>`;
  return [
    ...(targets.length > 1 ? [ratios] : []),
    ...(rows.some(({ step }) => step.isSaturated) ? [saturation] : []),
  ];
}

function classOf(column: PlacedColumn, step?: StepReport): string {
  const classes = [
    column.startsGroup ? "starts" : undefined,
    column.style,
    step && column.alarm?.(step),
  ];
  return classes.filter((name) => name !== undefined).join(" ");
}

function rowsOf({ targets }: LoadReport, { from, to }: StepRange): Row[] {
  const rows: Row[] = [];
  for (let i = from; i < to; i++) {
    const ran = targets.filter(({ steps }) => steps[i] !== undefined);
    rows.push(...ran.map((target, place) => ({
      target,
      step: target.steps[i]!,
      first: target === targets[0] ? undefined : targets[0]!.steps[i],
      startsGroup: place === 0,
    })));
  }
  return rows;
}

function columnGroups(report: LoadReport): ColumnGroup[] {
  const { targets, settings } = report;
  const isOpenLoop = settings.ratePerSecond !== null;
  const hasRatios = targets.length > 1;
  // A figure, and in a second column its ratio to that of the first target.
  const compared = (head: string, read: Read, format: (value: number) => string): Column[] => [
    column(head, read, format),
    ...(hasRatios ? [ratioColumn(read)] : []),
  ];
  return [
    {
      head: "",
      columns: [
        { head: "Clients", cell: ({ step }) => formatCount(step.clients) },
        ...(hasRatios
          ? [{ head: "Target", cell: ({ target }: Row) => target.label, style: "text" as const }]
          : []),
      ],
    },
    {
      head: "Replies",
      columns: [
        column("all", (step) => step.requests, formatCount),
        ...compared("per second", (step) => step.requestsPerSecond, formatCount),
      ],
    },
    {
      head: isOpenLoop ? "Corrected latency, ms" : "Latency, ms",
      columns: [
        ...compared("average", (step) => step.latency?.averageMs, formatMs),
        column("minimum", (step) => step.latency?.minMs, formatMs),
        column("p50", (step) => step.latency?.p50Ms, formatMs),
        column("p99", (step) => step.latency?.p99Ms, formatMs),
        column("p99.9", (step) => step.latency?.p999Ms, formatMs),
        ...compared("maximum", (step) => step.latency?.maxMs, formatMs),
      ],
    },
    {
      head: "Uncorrected latency, ms",
      columns: isOpenLoop
        ? [
          column("average", (step) => step.uncorrected?.averageMs, formatMs),
          column("p99", (step) => step.uncorrected?.p99Ms, formatMs),
          column("maximum", (step) => step.uncorrected?.maxMs, formatMs),
        ]
        : [],
    },
    {
      head: "First byte, ms",
      columns: hasOwnFirstByte(report)
        ? [
          column("average", (step) => step.firstByte?.averageMs, formatMs),
          column("p99", (step) => step.firstByte?.p99Ms, formatMs),
        ]
        : [],
    },
    {
      head: "Connecting, ms",
      columns: [
        column("average", (step) => step.connect?.averageMs, formatMs),
        column("p99", (step) => step.connect?.p99Ms, formatMs),
      ],
    },
    { head: "Failed", columns: [badColumn("errors"), badColumn("wrong")] },
    { head: "Load tester", columns: [OWN_CPU] },
  ];
}

const OWN_CPU: Column = {
  head: "CPU, %",
  cell: ({ step }) => `${step.isSaturated ? "▲ " : ""}${formatPercent(step.ownCpuShare)}`,
  alarm: ({ isSaturated }) => isSaturated ? "saturated" : undefined,
};

function column(head: string, read: Read, format: (value: number) => string): Column {
  return {
    head,
    cell: ({ step }) => {
      const value = read(step);
      return value === undefined ? NO_FIGURE : format(value);
    },
  };
}

function ratioColumn(read: Read): Column {
  return {
    head: "ratio",
    cell: ({ step, first }) => {
      const value = read(step);
      const other = first === undefined ? undefined : read(first);
      return value === undefined || other === undefined ? "" : formatRatio(value, other);
    },
    style: "ratio",
  };
}

function badColumn(figure: "errors" | "wrong"): Column {
  return {
    head: figure,
    cell: ({ step }) => formatCount(step[figure]),
    alarm: (step) => step[figure] > 0 ? "bad" : undefined,
  };
}
