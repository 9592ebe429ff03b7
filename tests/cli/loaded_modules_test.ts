import { assert, assertEquals } from "@std/assert";
import { PROJECT_ROOT } from "../support/e2e_process.ts";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** Reads which module loads which. */
async function modulesOf(path: string): Promise<Map<string, Module>> {
  const args = ["info", "--json", path];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: PROJECT_ROOT })
    .output();
  assertEquals(code, 0);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  return new Map(modules.map((module) => [module.specifier, module]));
}

const ROOT = new URL("../../", import.meta.url).href;
// A worker's module is not among those of the program that starts it.
const MODULES = new Map([
  ...await modulesOf("main.ts"),
  ...await modulesOf("src/index/scan/scan_worker.ts"),
  ...await modulesOf("src/cli/loaded_later.ts"),
]);

/** These modules and all that is loaded with them: paths in the project, or the names of packages. */
function loadedWith(...paths: string[]): string[] {
  const loaded = new Set(paths.map((path) => ROOT + path));
  for (const specifier of loaded) {
    // What is loaded with a package or with a module of Deno is not followed.
    if (!specifier.startsWith(ROOT)) continue;
    const module = MODULES.get(specifier);
    assert(module !== undefined, `no such module: ${specifier}`);
    for (const { code, isDynamic } of module.dependencies ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) loaded.add(code.specifier);
    }
  }
  return [...loaded].map((specifier) => specifier.replace(ROOT, "")).sort();
}

function inRoom(modules: readonly string[], ...rooms: string[]): string[] {
  return modules.filter((module) => rooms.some((room) => module.startsWith(room)));
}

Deno.test("no subcommand is loaded before it is asked for, nor anything it needs", () => {
  const loaded = loadedWith("main.ts");
  assert(loaded.includes("src/cli/run.ts"));
  assertEquals(loaded.filter((module) => module.endsWith("_command.ts")), []);
  assertEquals(
    inRoom(loaded, "src/source/", "src/index/", "src/lines/", "src/server/", "node:"),
    [],
  );
});

Deno.test("index is loaded without node:, which takes longer than many an index, and no server", () => {
  const loaded = loadedWith("main.ts", "src/cli/index_command.ts");
  assert(loaded.includes("src/index/scan/newline_scanner.ts"));
  assertEquals(inRoom(loaded, "node:", "src/lines/", "src/server/", "src/actor/"), []);
});

Deno.test("the thread that helps to search is loaded without node: too", () => {
  const loaded = loadedWith("src/index/scan/scan_worker.ts");
  assertEquals(
    inRoom(loaded, "node:", "src/index/format/", "src/index/build/", "src/lines/", "src/server/"),
    [],
  );
});

for (const command of ["get", "verify"]) {
  Deno.test(`${command} is loaded without node: and the server`, () => {
    const loaded = loadedWith("main.ts", `src/cli/${command}_command.ts`);
    assert(loaded.includes("src/index/index_reader.ts"));
    assertEquals(inRoom(loaded, "node:", "src/server/"), []);
  });
}

Deno.test("load is loaded without the server, its index and its lines: it must not share their errors", () => {
  const loaded = loadedWith("main.ts", "tools/load/cli/load_command.ts");
  assert(loaded.includes("tools/load/run_load.ts"));
  assertEquals(
    inRoom(loaded, "src/server/", "src/lines/", "src/index/format/", "src/index/build/"),
    [],
  );
});

Deno.test("load is loaded without the report and its charts, until a report is asked for", () => {
  const loaded = loadedWith("main.ts", "tools/load/cli/load_command.ts");
  assert(loaded.includes("tools/load/run_load.ts"));
  assertEquals(inRoom(loaded, "tools/load/report/", "npm:/uplot"), []);
});

Deno.test("what is imported only when it is needed is in the list of what the binary includes", () => {
  const later = [...MODULES.values()].flatMap(({ dependencies }) => dependencies ?? [])
    .filter(({ isDynamic }) => isDynamic === true)
    .map(({ code }) => code!.specifier!.replace(ROOT, ""));
  assert(later.includes("src/cli/serve_command.ts"));
  const included = loadedWith("src/cli/loaded_later.ts");
  assertEquals(later.filter((module) => !included.includes(module)), []);
});
