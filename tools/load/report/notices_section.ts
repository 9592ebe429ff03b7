import { type Markup, markup } from "./markup.ts";
import type { Notice, NoticeTable } from "./notices.ts";

export function renderNotices(notices: readonly Notice[]): Markup {
  return markup`<section class="notices" aria-label="Notices">
${notices.map(renderNotice)}</section>`;
}

function renderNotice({ level, title, text, more, table }: Notice): Markup {
  return markup`<section class="notice ${level}">
<h2>${title}</h2>
<p>${text}</p>
${more === undefined ? "" : renderMore(more)}${
    table === undefined ? "" : renderTable(title, table)
  }</section>
`;
}

function renderMore({ title, text }: NonNullable<Notice["more"]>): Markup {
  return markup`<details><summary>${title}</summary><p>${text}</p></details>
`;
}

function renderTable(title: string, { heads, rows }: NoticeTable): Markup {
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="Details: ${title}">
<table class="details">
<thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => markup`<tr>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table>
</div>
`;
}
