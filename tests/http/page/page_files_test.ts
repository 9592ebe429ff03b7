import { assert, assertEquals } from "@std/assert";
import { PAGE_FILES } from "../../../src/http/page/page_files.ts";

const FOLDER = new URL("../../../src/http/page/", import.meta.url);
const BY_PATH = new Map(PAGE_FILES.map((file) => [file.path, file.body]));
const MARKUP = BY_PATH.get("")!;

Deno.test("PAGE_FILES has every file of the folder that a browser loads", () => {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => /\.(js|css|svg)$/.test(name)).map((name) => `page/${name}`);
  assertEquals([...BY_PATH.keys()].sort(), ["", ...names].sort());
});

Deno.test("PAGE_FILES: the page preloads every module, so that none waits for another", () => {
  const preloaded = [...MARKUP.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, p]) => p!);
  const modules = [...BY_PATH.keys()].filter((path) => path.endsWith(".js"));
  assertEquals(preloaded, modules.filter((path) => path !== "page/page.js"));
});

Deno.test("PAGE_FILES: the page has no script and no style of its own, and loads nothing from elsewhere", () => {
  assert(!/<style|\sstyle=|\son\w+=|<script(?! type="module" src="page\/page.js"><)/.test(MARKUP));
  for (const [path, body] of BY_PATH) {
    const addresses = body.matchAll(/https?:\/\/[^\s"'<>)]+/g);
    assertEquals(
      [...addresses].map(([address]) => address).filter((address) =>
        !address.endsWith("/2000/svg")
      ),
      [],
      path,
    );
  }
  for (const [, path] of MARKUP.matchAll(/(?:href|src)="([^"]+)"/g)) {
    assert(BY_PATH.has(path!), `${path} is served`);
  }
});

Deno.test("PAGE_FILES: no script makes markup from text", () => {
  for (const [path, body] of BY_PATH) {
    const found = body.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
    assertEquals(found, null, path);
  }
});
