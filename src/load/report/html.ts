/** Markup: what {@linkcode html} puts into a page as it is. */
export class Html {
  /** The markup. */
  readonly markup: string;

  /**
   * Declares that a string is markup.
   *
   * @param markup nothing in it may come from outside
   */
  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What may stand in an {@linkcode html} template; a list is its parts one after the other. */
export type HtmlValue = string | number | Html | readonly HtmlValue[];

/**
 * Makes markup of a template; what is put into it becomes text, unless it is markup itself.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { html } from "./html.ts";
 *
 * const cells = ["a<b", 5].map((value) => html`<td>${value}</td>`);
 * assertEquals(html`<tr>${cells}</tr>`.markup, "<tr><td>a&lt;b</td><td>5</td></tr>");
 * ```
 */
export function html(template: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const filled = values.map((value, i) => toMarkup(value) + template[i + 1]!);
  return new Html(template[0]! + filled.join(""));
}

/**
 * Makes a `script` element that holds data and runs nothing.
 *
 * @param id by which the page's script finds it
 * @param data anything that JSON can hold
 */
export function jsonElement(id: string, data: unknown): Html {
  // The only way out of a script element is an end tag, and none begins without this sign.
  const json = new Html(JSON.stringify(data).replaceAll("<", "\\u003c"));
  return html`<script type="application/json" id="${id}">${json}</script>`;
}

function toMarkup(value: HtmlValue): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(toMarkup).join("");
  return String(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
