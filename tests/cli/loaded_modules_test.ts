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

/** The modules that a module loads, by their specifiers. */
async function modulesOf(path: string): Promise<Map<string, Module>> {
  const args = ["info", "--json", path];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: PROJECT_ROOT })
    .output();
  assertEquals(code, 0);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  return new Map(modules.map((module) => [module.specifier, module]));
}

const ROOT = new URL("../../", import.meta.url).href;
// The modules of a worker are not among those of the program that starts it.
const MODULES = new Map([
  ...await modulesOf("main.ts"),
  ...await modulesOf("src/index/scan/scan_worker.ts"),
  ...await modulesOf("src/source/compressed/unpack_worker.ts"),
  ...await modulesOf("src/source/compressed/zstd/compress_worker.ts"),
  ...await modulesOf("src/cli/dynamic_imports.ts"),
  ...await modulesOf("src/server/workers/worker.ts"),
  ...await modulesOf("tools/load.ts"),
]);

/** These modules, and all that are loaded with them: paths in the project, or names of packages. */
function loadedWith(...paths: string[]): string[] {
  const loaded = new Set(paths.map((path) => ROOT + path));
  for (const specifier of loaded) {
    // The modules of packages and of Deno are not followed.
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

Deno.test("linesvr loads no subcommand, nor anything one needs, before it is asked for", () => {
  const loaded = loadedWith("main.ts");
  assert(loaded.includes("src/cli/run.ts"));
  assertEquals(loaded.filter((module) => module.endsWith("_command.ts")), []);
  assertEquals(
    inRoom(loaded, "src/source/", "src/index/", "src/lines/", "src/server/", "node:"),
    ["src/source/messages.ts", "src/source/remote/url_secrets.ts"],
  );
});

Deno.test("linesvr index loads neither node:, which takes longer than indexing a small file, nor the server", () => {
  const loaded = loadedWith("main.ts", "src/cli/commands/index_command.ts");
  assert(loaded.includes("src/index/scan/newline_scanner.ts"));
  assertEquals(inRoom(loaded, "node:", "src/lines/", "src/server/", "src/actor/"), []);
});

Deno.test("linesvr index loads no node: in its threads either", () => {
  const loaded = loadedWith("src/index/scan/scan_worker.ts");
  assertEquals(
    inRoom(loaded, "node:", "src/index/format/", "src/index/build/", "src/lines/", "src/server/"),
    [],
  );
});

Deno.test("linesvr serve loads neither the HTTP room nor its packages before --http is given", () => {
  const loaded = loadedWith(
    "main.ts",
    "src/cli/commands/serve_command.ts",
    "src/server/workers/worker.ts",
  );
  assert(loaded.includes("src/server/http_listener.ts"));
  assertEquals(inRoom(loaded, "src/http/", "npm:"), []);
});

Deno.test("linesvr compress loads neither the lines nor the server, and its threads nothing of the index", () => {
  const loaded = loadedWith("main.ts", "src/cli/commands/compress_command.ts");
  assert(loaded.includes("src/source/compressed/zstd/zstd_writer.ts"));
  assertEquals(inRoom(loaded, "src/lines/", "src/server/"), []);
  const inThreads = loadedWith(
    "src/source/compressed/zstd/compress_worker.ts",
    "src/source/compressed/unpack_worker.ts",
  );
  assertEquals(inRoom(inThreads, "src/cli/", "src/index/", "src/lines/", "src/server/"), []);
});

for (const command of ["get", "count", "verify"]) {
  Deno.test(`linesvr ${command} loads neither node: nor the server`, () => {
    const loaded = loadedWith("main.ts", `src/cli/commands/${command}_command.ts`);
    assert(loaded.includes("src/index/index_reader.ts"));
    assertEquals(inRoom(loaded, "node:", "src/server/"), []);
  });
}

Deno.test("linesvr-load loads no module of the server, the lines, the pages or the index: it must not share their errors", () => {
  const loaded = loadedWith("tools/load.ts");
  assert(loaded.includes("tools/load/measure/run_load.ts"));
  assertEquals(
    inRoom(
      loaded,
      ...["src/server/", "src/lines/", "src/pages/", "src/index/format/", "src/index/build/"],
    ),
    [],
  );
});

Deno.test("linesvr-load loads the report and its charts only when a report is asked for", () => {
  const loaded = loadedWith("tools/load.ts");
  assert(loaded.includes("tools/load/measure/run_load.ts"));
  assertEquals(inRoom(loaded, "tools/load/report/", "npm:/uplot"), []);
});

Deno.test("dynamic_imports.ts has every module of src that is imported dynamically", () => {
  const later = [...MODULES.values()].filter(({ specifier }) => specifier.startsWith(`${ROOT}src/`))
    .flatMap(({ dependencies }) => dependencies ?? [])
    .filter(({ isDynamic }) => isDynamic === true)
    .map(({ code }) => code!.specifier!.replace(ROOT, ""));
  assert(later.includes("src/cli/commands/serve_command.ts"));
  const included = loadedWith("src/cli/dynamic_imports.ts");
  assertEquals(later.filter((module) => !included.includes(module)), []);
});
