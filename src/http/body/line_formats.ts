import { HttpProblem } from "../problem.ts";

/** How lines are written: as they are, as one JSON object a line, or as a JSON array. */
export const LINE_FORMATS = ["text", "ndjson", "json"] as const;

/** One of {@linkcode LINE_FORMATS}. */
export type LineFormat = typeof LINE_FORMATS[number];

/** The `Content-Type` of each format. */
export const CONTENT_TYPES: Readonly<Record<LineFormat, string>> = {
  text: "text/plain; charset=utf-8",
  ndjson: "application/x-ndjson",
  json: "application/json",
};

/**
 * Chooses the format of lines: by the parameter `format` of the query, otherwise by the header `Accept`.
 *
 * @throws {HttpProblem} 400 if there is no such format
 */
export function chooseFormat(format: string | undefined, accept: string | null): LineFormat {
  if (format !== undefined) {
    const known = LINE_FORMATS.find((one) => one === format);
    if (known !== undefined) return known;
    throw new HttpProblem(400, "The parameter format must be text, ndjson or json.");
  }
  if (accept === null || accept === "*/*") return "text";
  const types = accept.toLowerCase().split(",").map((one) => one.split(";")[0]!.trim());
  const named = types.find((type) => type === "text/plain" || type in FORMATS_BY_TYPE);
  return FORMATS_BY_TYPE[named ?? ""] ?? "text";
}

const FORMATS_BY_TYPE: Readonly<Record<string, LineFormat>> = {
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/json": "json",
};
