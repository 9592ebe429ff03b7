import { type Context, Hono } from "hono";
import { type Answers, jsonResponse, whereNeedsLine } from "./answers.ts";
import { openApi } from "./openapi.ts";
import { HttpProblem } from "./problem.ts";

/** A file of the page for people. */
export interface StaticFile {
  /** Relative to the root; empty for the page itself. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** What the routes answer with. */
export interface RoutesContext {
  readonly answers: Answers;
  /** Throws an {@linkcode HttpProblem} if requests for lines cannot be answered now. */
  readonly assertReady: () => void;
  /** The metrics, in the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly version: string;
  readonly files: readonly StaticFile[];
  /** The `Content-Security-Policy` of these files. */
  readonly filesPolicy: string;
}

type Answer = (context: Context) => Response | Promise<Response>;

const TEXT_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Type": "text/plain; charset=utf-8",
  "X-Content-Type-Options": "nosniff",
};

/** All routes. A path that only has other methods is answered with 405, an unknown path with 404. */
export function createRoutes(context: RoutesContext): Hono {
  const app = new Hono();
  const { answers } = context;
  route(app, "/lines/:selector", {
    GET: ({ req }) => {
      const { where, ...others } = req.query();
      const selector = req.param("selector")!;
      return where === undefined
        ? answers.selection(req.raw, selector, others["format"])
        : answers.where(req.raw, selector, Object.keys(others));
    },
  });
  route(app, "/lines", {
    GET: ({ req }) => {
      if (req.query("where") !== undefined) throw whereNeedsLine();
      return answers.query(req.raw, req.queries("n") ?? [], req.query("format"));
    },
    POST: ({ req }) => answers.post(req.raw, req.query("format")),
  });
  route(app, "/pages/:fingerprint/:page", {
    GET: ({ req }) => answers.page(req.raw, req.param("fingerprint")!, req.param("page")!),
  });
  route(app, "/info", { GET: ({ req }) => answers.info(req.raw) });
  route(app, "/healthz", { GET: () => textResponse("ok\n") });
  route(app, "/readyz", {
    GET: () => {
      context.assertReady();
      return textResponse("ready\n");
    },
  });
  route(app, "/metrics", {
    GET: async () =>
      new Response(await context.metrics(), {
        headers: { ...TEXT_HEADERS, "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
      }),
  });
  route(app, "/openapi.json", {
    GET: ({ req }) => jsonResponse(req.raw, openApi(context.version)),
  });
  for (const file of context.files) {
    route(app, `/${file.path}`, { GET: () => fileResponse(file, context.filesPolicy) });
  }
  app.notFound(() => {
    throw new HttpProblem(404, "There is nothing at this path. See /openapi.json for the paths.");
  });
  app.onError((error) => {
    throw error;
  });
  return app;
}

function route(
  app: Hono,
  path: string,
  answers: { readonly GET: Answer; readonly POST?: Answer },
): void {
  const allow = answers.POST === undefined ? "GET, HEAD, OPTIONS" : "GET, HEAD, POST, OPTIONS";
  app.get(path, answers.GET);
  if (answers.POST !== undefined) app.post(path, answers.POST);
  app.options(path, () => new Response(null, { status: 204, headers: { "Allow": allow } }));
  app.all(path, () => {
    throw new HttpProblem(405, `This path allows ${allow}.`, { "Allow": allow });
  });
}

function textResponse(text: string): Response {
  return new Response(text, { headers: TEXT_HEADERS });
}

function fileResponse({ contentType, body }: StaticFile, policy: string): Response {
  return new Response(body, {
    headers: {
      "Cache-Control": "no-cache",
      "Content-Security-Policy": policy,
      "Content-Type": contentType,
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
