/** HTML, which {@linkcode markup} inserts without escaping. */
export class Markup {
  readonly html: string;

  /** @param html must not contain data from outside, unless it is escaped */
  constructor(html: string) {
    this.html = html;
  }
}

/** A value in a {@linkcode markup} template; the items of a list are concatenated. */
export type MarkupValue = string | number | Markup | readonly MarkupValue[];

/**
 * Template tag for HTML: values are escaped, unless they are {@linkcode Markup}.
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
 * Renders a `script` element that contains data and is not executed.
 *
 * @param data anything that JSON can represent
 */
export function jsonElement(id: string, data: unknown): Markup {
  // Only an end tag ends a script element, and it starts with this character.
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
