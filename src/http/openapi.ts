import { SHOWN_FILES_MAX } from "./answers.ts";
import { BATCH_MAX_LINES } from "./batch_numbers.ts";
import { LINES_PER_HTTP_PAGE } from "./body/page_body.ts";

/** The description of all routes, as OpenAPI 3.1. */
export function openApi(version: string): OpenApi {
  return {
    openapi: "3.1.0",
    info: {
      title: "linesvr",
      version,
      description: "Returns lines of a file by number. The first line is line 1.",
    },
    paths: PATHS,
    components: {
      responses: {
        Problem: {
          description: "A problem: `detail` says in a sentence what is wrong.",
          content: { "application/problem+json": { schema: PROBLEM_SCHEMA } },
        },
      },
    },
  };
}

/** An OpenAPI document, as far as it is used here. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: Readonly<Record<string, string>>;
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: unknown;
}

/** The operations of a path, by method in lower case. */
export type PathItem = Readonly<Record<string, Operation>>;

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

const PROBLEM_SCHEMA = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
  },
};

const PROBLEM = { $ref: "#/components/responses/Problem" };

const FILE_SCHEMA = {
  type: "object",
  required: ["name", "firstLine", "lines", "bytes"],
  properties: {
    name: { type: "string" },
    firstLine: { type: "integer" },
    lines: { type: "integer" },
    bytes: { type: "integer" },
  },
};

const LINES_CONTENT = {
  "text/plain": { schema: { type: "string" } },
  "application/x-ndjson": { schema: { type: "string" } },
  "application/json": {},
};

const FORMAT = {
  name: "format",
  in: "query",
  description: "The format of the answer. It has priority over the header Accept.",
  schema: { type: "string", enum: ["text", "ndjson", "json"] },
};

const LINES_RESPONSES = {
  "200": { description: "The lines.", content: LINES_CONTENT },
  "304": { description: "The client has them already." },
  "400": PROBLEM,
  "404": PROBLEM,
  "413": PROBLEM,
  "503": PROBLEM,
};

const PATHS: Readonly<Record<string, PathItem>> = {
  "/lines/{selector}": {
    get: {
      summary: "One line, or a range of lines",
      parameters: [
        {
          name: "selector",
          in: "path",
          required: true,
          description: "`N`, `A-B` or `A-`. In a range, a negative number counts from the end.",
          schema: { type: "string", pattern: "^(\\d+|-?\\d+-(-?\\d+)?)$" },
          examples: {
            line: { value: "5" },
            range: { value: "100-200" },
            last: { value: "-50-", summary: "The last 50 lines" },
          },
        },
        FORMAT,
        {
          name: "where",
          in: "query",
          description:
            "Of one line: answers with its file, and its number there, instead of the line.",
          allowEmptyValue: true,
          schema: { type: "string" },
        },
      ],
      responses: LINES_RESPONSES,
    },
  },
  "/lines": {
    get: {
      summary: "Several lines",
      parameters: [
        {
          name: "n",
          in: "query",
          required: true,
          description: `Up to ${BATCH_MAX_LINES} line numbers, separated by commas.`,
          schema: { type: "string" },
          example: "5,9,12",
        },
        FORMAT,
      ],
      responses: LINES_RESPONSES,
    },
    post: {
      summary: "Several lines",
      parameters: [FORMAT],
      requestBody: {
        required: true,
        description: `Up to ${BATCH_MAX_LINES} line numbers: a JSON array, or one a line.`,
        content: {
          "application/json": { schema: { type: "array", items: { type: "integer" } } },
          "text/plain": { schema: { type: "string" } },
        },
      },
      responses: LINES_RESPONSES,
    },
  },
  "/pages/{fingerprint}/{page}": {
    get: {
      summary: `${LINES_PER_HTTP_PAGE} lines that can be cached for ever`,
      parameters: [
        {
          name: "fingerprint",
          in: "path",
          required: true,
          description: "From `/info`.",
          schema: { type: "string", pattern: "^[0-9a-f]{64}$" },
        },
        {
          name: "page",
          in: "path",
          required: true,
          description: `Page K has the lines from K × ${LINES_PER_HTTP_PAGE} + 1.`,
          schema: { type: "integer", minimum: 0 },
        },
      ],
      responses: {
        "200": {
          description: "The lines, each followed by LF.",
          headers: {
            "Linesvr-Cut-Lines": {
              description:
                "The numbers of the lines of which only the first 65,536 bytes are sent.",
              schema: { type: "string" },
            },
          },
          content: { "text/plain": { schema: { type: "string" } } },
        },
        "304": { description: "The client has the page already." },
        "400": PROBLEM,
        "404": PROBLEM,
        "503": PROBLEM,
      },
    },
  },
  "/info": {
    get: {
      summary: "Facts about the files",
      responses: {
        "200": {
          description: "Name, number of lines, size and fingerprint of all files together; " +
            `the first ${SHOWN_FILES_MAX} files; the version of linesvr.`,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: [
                  "name",
                  "lines",
                  "bytes",
                  "fingerprint",
                  "version",
                  "fileCount",
                  "files",
                ],
                properties: {
                  name: { type: "string" },
                  lines: { type: "integer" },
                  bytes: { type: "integer" },
                  fingerprint: { type: "string" },
                  version: { type: "string" },
                  fileCount: { type: "integer" },
                  files: { type: "array", items: FILE_SCHEMA },
                },
              },
            },
          },
        },
      },
    },
  },
  "/healthz": {
    get: {
      summary: "Whether the process answers",
      responses: { "200": { description: "It does." } },
    },
  },
  "/readyz": {
    get: {
      summary: "Whether lines can be requested",
      responses: { "200": { description: "They can." }, "503": PROBLEM },
    },
  },
  "/metrics": {
    get: {
      summary: "Metrics for Prometheus",
      responses: { "200": { description: "In its text format.", content: { "text/plain": {} } } },
    },
  },
  "/openapi.json": {
    get: {
      summary: "This description",
      responses: { "200": { description: "OpenAPI 3.1.", content: { "application/json": {} } } },
    },
  },
  "/": {
    get: {
      summary: "The page for people",
      responses: { "200": { description: "HTML.", content: { "text/html": {} } } },
    },
  },
};
