/**
 * A request that is not answered with what it asks for. It becomes an answer of type `application/problem+json`.
 */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  /** The HTTP status, 400 to 599. */
  readonly status: ProblemStatus;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail a sentence that says what is wrong, and what to do if that is not obvious */
  constructor(
    status: ProblemStatus,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

const TITLES = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  421: "Misdirected Request",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** The statuses that problems have. */
export type ProblemStatus = keyof typeof TITLES;

/** The answer that describes a problem. */
export function problemResponse({ status, message, headers }: HttpProblem): Response {
  const body = JSON.stringify({
    type: "about:blank",
    title: TITLES[status],
    status,
    detail: message,
  });
  return new Response(`${body}\n`, {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...headers,
    },
  });
}
