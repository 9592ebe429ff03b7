import { networkFailure, RemoteFailure } from "./remote_failure.ts";
import { Answer } from "./answer.ts";
import type { Endpoint, RequestParts } from "./endpoint.ts";
import { backoffMs, type RequestPolicy } from "./request_policy.ts";
import { RequestWatch } from "./request_watch.ts";

/** How often an answer may redirect to another URL. */
export const REDIRECTS_MAX = 3;

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Sends a request, again if it fails in a way that may pass. Each attempt is bounded in time.
 *
 * @param receive reads the answer; called for each attempt that gets one, whatever its status
 * @throws {RemoteFailure} (as a rejection) if the last attempt failed
 * @throws what `receive` throws, and the reason of the signal
 */
export async function request<T>(
  endpoint: Endpoint,
  parts: RequestParts,
  receive: (answer: Answer) => Promise<T>,
  policy: RequestPolicy,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await attemptOnce(endpoint, parts, receive, policy, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RemoteFailure)) throw error;
      if (!error.isTransient || attempt >= policy.attemptsMax) throw error;
      await policy.wait(backoffMs(policy, attempt, error.retryAfterMs), signal);
    }
  }
}

async function attemptOnce<T>(
  endpoint: Endpoint,
  parts: RequestParts,
  receive: (answer: Answer) => Promise<T>,
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<T> {
  using watch = new RequestWatch(policy, parts.body?.length ?? 0, parts.answerBytes ?? 0, signal);
  const answer = new Answer(await fetchFollowing(endpoint, parts, watch), watch, endpoint);
  try {
    return await receive(answer);
  } finally {
    answer.discard();
  }
}

async function fetchFollowing(
  endpoint: Endpoint,
  parts: RequestParts,
  watch: RequestWatch,
): Promise<Response> {
  let { url, headers: secrets } = await endpoint.authorize(parts);
  for (let redirects = 0;; redirects++) {
    const headers = { "accept-encoding": "identity", ...parts.headers, ...secrets };
    const response = await fetchOnce(url, parts, headers, watch);
    const location = response.headers.get("location");
    const isRedirect = REDIRECT_STATUSES.includes(response.status);
    if (!isRedirect || location === null || endpoint.redirects === "refuse") return response;
    await response.body?.cancel();
    if (redirects === REDIRECTS_MAX) throw new RemoteFailure("too many redirections");
    const next = redirectedUrl(url, location);
    if (next.origin !== new URL(url).origin) secrets = {};
    url = next.href;
  }
}

async function fetchOnce(
  url: string,
  { method, body }: RequestParts,
  headers: Record<string, string>,
  { signal }: RequestWatch,
): Promise<Response> {
  try {
    return await fetch(url, { method, headers, body: body ?? null, redirect: "manual", signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : networkFailure(error);
  }
}

function redirectedUrl(from: string, location: string): URL {
  const url = URL.parse(location, from);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RemoteFailure("the server redirects to what is not a URL of HTTP");
  }
  if (new URL(from).protocol === "https:" && url.protocol !== "https:") {
    throw new RemoteFailure("the server redirects from https to http");
  }
  url.username = "";
  url.password = "";
  return url;
}
