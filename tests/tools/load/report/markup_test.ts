import { assertEquals } from "@std/assert";
import { jsonElement, Markup, markup } from "../../../../tools/load/report/markup.ts";

Deno.test("markup escapes values in content and in attributes", () => {
  const text = `<b>&"'`;
  assertEquals(
    markup`<p title="${text}">${text}</p>`.html,
    `<p title="&lt;b&gt;&amp;&quot;&#39;">&lt;b&gt;&amp;&quot;&#39;</p>`,
  );
});

Deno.test("markup inserts Markup unchanged, and concatenates lists", () => {
  const parts = [markup`<b>${1}</b>`, new Markup("<i>"), "<", [2, ["x"]]];
  assertEquals(markup`${parts}`.html, "<b>1</b><i>&lt;2x");
});

Deno.test("jsonElement contains data that cannot end the element and is parsed unchanged", () => {
  const data = { label: `</script><!--<script>"'&\u2028` };
  const { html } = jsonElement("data", data);
  const match = /^<script type="application\/json" id="data">([^<]*)<\/script>$/.exec(html);
  assertEquals(JSON.parse(match![1]!), data);
});
