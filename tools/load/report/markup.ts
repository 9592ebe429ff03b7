/** HTML, as {@linkcode markup} puts it into other HTML: as it is. */
export class Markup {
  /** The HTML. */
  readonly html: string;

  /**
   * Declares that a string is HTML.
   *
   * @param html nothing in it may come from outside
   */
  constructor(html: string) {
    this.html = html;
  }
}

/** What may stand in a {@linkcode markup} template; a list is its parts one after the other. */
export type MarkupValue = string | number | Markup | readonly MarkupValue[];

/**
 * Makes HTML of a template; what is put into it becomes text, unless it is HTML itself.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { markup } from "./markup.ts";
 *
 * const cells = ["a<b", 5].map((value) => markup`<td>${value}</td>`);
 * assertEquals(markup`<tr>${cells}</tr>`.html, "<tr><td>a&lt;b</td><td>5</td></tr>");
 * ```
 */
export function markup(template: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  const filled = values.map((value, i) => toHtml(value) + template[i + 1]!);
  return new Markup(template[0]! + filled.join(""));
}

/**
 * Makes a `script` element that holds data and runs nothing.
 *
 * @param id by which the page's script finds it
 * @param data anything that JSON can hold
 */
export function jsonElement(id: string, data: unknown): Markup {
  // The only way out of a script element is an end tag, and none begins without this sign.
  const json = new Markup(JSON.stringify(data).replaceAll("<", "\\u003c"));
  return markup`<script type="application/json" id="${id}">${json}</script>`;
}

function toHtml(value: MarkupValue): string {
  if (value instanceof Markup) return value.html;
  if (typeof value === "object") return value.map(toHtml).join("");
  return String(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
