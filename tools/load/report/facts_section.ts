import type { LoadReport, TargetReport } from "../load_report.ts";
import { type Markup, markup } from "./markup.ts";
import { describeSettings } from "./settings_text.ts";

/** Draws what was run, where and when. */
export function renderFacts({ targets, machine, startedAt, settings }: LoadReport): Markup {
  return markup`<dl class="facts">
<dt>${targets.length === 1 ? "Target" : "Targets"}</dt>${targets.map(renderTarget)}
<dt>Machine</dt>
<dd>${machine}</dd>
<dt>Begun</dt>
<dd><time datetime="${startedAt}">${formatTime(startedAt)}</time></dd>
${describeSettings(settings).map(([about, text]) => markup`<dt>${about}</dt>\n<dd>${text}</dd>\n`)}
</dl>`;
}

function renderTarget({ label, address, protocol }: TargetReport): Markup {
  const spoken = protocol === "redis" ? "Redis protocol" : "line protocol";
  return label === address
    ? markup`\n<dd><strong>${label}</strong>, ${spoken}</dd>`
    : markup`\n<dd><strong>${label}</strong> at ${address}, ${spoken}</dd>`;
}

function formatTime(isoTime: string): string {
  return isoTime.replace(/^(\S+)T(\d+:\d+)\S*Z$/, "$1 $2 UTC");
}
