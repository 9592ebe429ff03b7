import { assertEquals } from "@std/assert";
import { jsonElement, Markup, markup } from "../../../../tools/load/report/markup.ts";

Deno.test("what is put into markup is text, in content and in attributes", () => {
  const text = `<b>&"'`;
  assertEquals(
    markup`<p title="${text}">${text}</p>`.html,
    `<p title="&lt;b&gt;&amp;&quot;&#39;">&lt;b&gt;&amp;&quot;&#39;</p>`,
  );
});

Deno.test("markup in markup stays as it is, and a list is its parts one after the other", () => {
  const parts = [markup`<b>${1}</b>`, new Markup("<i>"), "<", [2, ["x"]]];
  assertEquals(markup`${parts}`.html, "<b>1</b><i>&lt;2x");
});

Deno.test("data cannot end the element that it stands in, and is read as it was", () => {
  const data = { label: `</script><!--<script>"'&\u2028` };
  const { html } = jsonElement("data", data);
  const match = /^<script type="application\/json" id="data">([^<]*)<\/script>$/.exec(html);
  assertEquals(JSON.parse(match![1]!), data);
});
