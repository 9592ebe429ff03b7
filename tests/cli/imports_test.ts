import { assert, assertEquals } from "@std/assert";

type Room =
  | "cli"
  | "server"
  | "http"
  | "protocol"
  | "lines"
  | "pages"
  | "actor"
  | "index"
  | "source"
  | "client"
  | "metrics";

/** What each room of `src` may import, from the top to the bottom: only what is further down. */
const ALLOWED: Readonly<Record<Room, readonly Room[]>> = {
  cli: ["server", "http", "protocol", "lines", "index", "source", "metrics"],
  server: ["http", "protocol", "lines", "index", "source", "metrics"],
  http: ["protocol", "lines", "source", "metrics"],
  protocol: [],
  lines: ["pages", "index", "source"],
  pages: ["actor", "index", "source"],
  actor: [],
  index: ["source"],
  source: [],
  client: [],
  metrics: [],
};

/** What `src` imports that is neither a file of it nor listed here needs a registry. */
const PACKAGES = /^@std\/(cli|streams)\//;

/** What only the HTTP room imports: nothing else needs a registry. */
const HTTP_PACKAGES = /^(hono|prom-client)$/;

/** What only remote files need, and only those on S3. */
const S3_PACKAGE = "aws4fetch";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The TypeScript files below a directory, as paths from the root of the project. */
function filesBelow(directory: string): string[] {
  return [...Deno.readDirSync(ROOT + directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return isDirectory ? filesBelow(path) : [path];
  }).filter((path) => path.endsWith(".ts") && !path.endsWith(".as.ts"));
}

/** What a file imports, types included: paths from the root of the project, or names of packages. */
function importsOf(path: string): string[] {
  const code = Deno.readTextFileSync(ROOT + path).replaceAll(/^\s*(\*|\/\/).*$/gm, "");
  const specifiers = code.matchAll(/(?:\bfrom|\bimport)[\s(]*"([^"]+)"/g);
  return Array.from(
    specifiers,
    ([, specifier]) =>
      specifier!.startsWith(".")
        ? new URL(specifier!, `file://${ROOT}${path}`).pathname.slice(ROOT.length)
        : specifier!,
  );
}

const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(
  filesBelow("src").map((path) => [path, importsOf(path)]),
);

function roomOf(path: string): string {
  return path.split("/")[1]!;
}

Deno.test("src: every room imports only the rooms that the table allows", () => {
  const rooms = new Set([...IMPORTS.keys()].map(roomOf));
  assertEquals([...rooms].sort(), Object.keys(ALLOWED).sort(), "the table lists every room");
  const found = new Map<string, Set<string>>([...rooms].map((room) => [room, new Set()]));
  for (const [path, imports] of IMPORTS) {
    for (const imported of imports) {
      if (!imported.startsWith("src/") || roomOf(imported) === roomOf(path)) continue;
      const allowed: readonly string[] = ALLOWED[roomOf(path) as Room];
      assert(allowed.includes(roomOf(imported)), `${path} must not import ${imported}`);
      found.get(roomOf(path))!.add(roomOf(imported));
    }
  }
  // What the table allows and nobody needs is removed from it.
  for (const [room, allowed] of Object.entries(ALLOWED)) {
    assertEquals([...found.get(room)!].sort(), allowed.toSorted(), room);
  }
});

Deno.test("src: the table of imports points down only", () => {
  const order = Object.keys(ALLOWED);
  for (const [room, allowed] of Object.entries(ALLOWED)) {
    for (const other of allowed) {
      assert(order.indexOf(other) > order.indexOf(room), `${room} must not import ${other}`);
    }
  }
});

Deno.test("src: no file imports itself, directly or through others", () => {
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    assert(!way.includes(path), `a circle: ${[...way, path].join(" → ")}`);
    if (done.has(path)) return;
    for (const imported of IMPORTS.get(path) ?? []) visit(imported, [...way, path]);
    done.add(path);
  };
  for (const path of IMPORTS.keys()) visit(path, []);
  assert(done.has("src/server/client.ts"));
});

Deno.test("src imports nothing outside but the version, and packages that have a stand-in", () => {
  for (const [path, imports] of IMPORTS) {
    for (const imported of imports) {
      if (path.startsWith("src/cli/") && imported === "deno.json") continue;
      if (path.startsWith("src/http/") && HTTP_PACKAGES.test(imported)) continue;
      if (path === "src/source/remote/s3/sign_s3.ts" && imported === S3_PACKAGE) continue;
      if (path.startsWith("src/source/compressed/") && imported === "node:zlib") continue;
      if (path === "src/client/transport/node_transport.ts" && imported === "node:net") continue;
      if (path.startsWith("src/source/compressed/") && imported === "node:zlib") continue;
      if (path === "src/http/body/json_lines.ts" && imported === "node:buffer") continue;
      // The files of the page are imported as text.
      const isData = imported.endsWith(".wasm") || imported.startsWith("src/http/page/");
      const isKnown = IMPORTS.has(imported) || isData;
      assert(isKnown || PACKAGES.test(imported), `${path} must not import ${imported}`);
    }
  }
});
