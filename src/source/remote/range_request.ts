import type { Answer } from "./answer.ts";
import {
  assertLength,
  assertNotEncoded,
  assertSameState,
  conditionOf,
  contentRangeOf,
  type ObjectState,
  stateOf,
} from "./object_state.ts";
import { RemoteChange, RemoteFailure } from "./remote_failure.ts";
import type { Endpoint } from "./endpoint.ts";
import { request } from "./request.ts";
import type { RequestPolicy } from "./request_policy.ts";

/**
 * Reads a range of an object, which must be in the given state: the answer has exactly the bytes asked for, of
 * exactly this state.
 *
 * @param into not empty; what it has is undefined if this rejects
 * @throws {RemoteChange} (as a rejection) if the object is in another state, or gone
 * @throws {RemoteFailure} (as a rejection) if it cannot be read
 */
export async function readRange(
  endpoint: Endpoint,
  state: ObjectState,
  into: Uint8Array,
  offset: number,
  policy: RequestPolicy,
  signal?: AbortSignal,
): Promise<void> {
  const end = offset + into.length;
  const headers = { ...conditionOf(state), range: `bytes=${offset}-${end - 1}` };
  const parts = { method: "GET", headers, answerBytes: into.length } as const;
  await request(
    endpoint,
    parts,
    async (answer) => {
      await assertRange(answer, endpoint, state, offset, end);
      await answer.fill(into);
    },
    policy,
    signal,
  );
}

/**
 * Verifies that an object is in the given state, without reading more than a byte.
 *
 * @throws as {@linkcode readRange}
 */
export async function revalidate(
  endpoint: Endpoint,
  state: ObjectState,
  policy: RequestPolicy,
  signal?: AbortSignal,
): Promise<void> {
  if (state.size > 0) {
    return await readRange(endpoint, state, new Uint8Array(1), 0, policy, signal);
  }
  assertSameState(state, await readState(endpoint, policy, signal, conditionOf(state)));
}

/**
 * Finds out the state of an object by asking for its first byte, which shows too whether the server answers
 * ranges. Works where only GET is allowed, as with a presigned URL.
 *
 * @throws {RemoteFailure} (as a rejection) if there is no object, or the server does not answer ranges
 */
export async function readState(
  endpoint: Endpoint,
  policy: RequestPolicy,
  signal?: AbortSignal,
  condition: Readonly<Record<string, string>> = {},
): Promise<ObjectState> {
  const headers = { ...condition, range: "bytes=0-0" };
  const state = await request(
    endpoint,
    { method: "GET", headers },
    async (answer) => {
      await assertNotChanged(answer, condition);
      if (answer.status === 416) return undefined;
      await answer.expect(200, 206);
      assertNotEncoded(answer, endpoint);
      return answer.status === 200 ? emptyState(answer) : await stateOfFirstByte(answer);
    },
    policy,
    signal,
  );
  if (state !== undefined) return state;
  // An empty object has no first byte.
  const parts = { method: "GET", headers: condition } as const;
  return await request(
    endpoint,
    parts,
    async (answer) => {
      await assertNotChanged(answer, condition);
      await answer.expect(200);
      return emptyState(answer);
    },
    policy,
    signal,
  );
}

async function stateOfFirstByte(answer: Answer): Promise<ObjectState> {
  const range = contentRangeOf(answer);
  if (range === undefined || range.from !== 0 || range.to !== 1) throw otherRange();
  assertLength(answer, 1);
  // The connection can be used again if nothing is left.
  await answer.fill(new Uint8Array(1));
  return stateOf(answer, range.size);
}

function emptyState(answer: Answer): ObjectState {
  if (answer.headers.get("content-length") === "0") return stateOf(answer, 0);
  throw new RemoteFailure("the server does not answer ranges", {
    remedy: "Copy the file to a server that does, or to a disk.",
  });
}

async function assertRange(
  answer: Answer,
  endpoint: Endpoint,
  state: ObjectState,
  offset: number,
  end: number,
): Promise<void> {
  await assertNotChanged(answer, conditionOf(state));
  if (answer.status === 416) assertStillAsLong(answer, state);
  if (answer.status === 404 || answer.status === 410) throw new RemoteChange("it was removed");
  if (answer.status === 200) {
    // Some servers answer so after a change, others do not answer ranges at all.
    const size = Number(answer.headers.get("content-length") ?? state.size);
    assertSameState(state, stateOf(answer, size));
    throw new RemoteFailure("the server does not answer ranges");
  }
  await answer.expect(206);
  const range = contentRangeOf(answer);
  if (range === undefined) throw otherRange();
  assertSameState(state, stateOf(answer, range.size));
  if (range.from !== offset || range.to !== end) throw otherRange();
  assertNotEncoded(answer, endpoint);
  assertLength(answer, end - offset);
}

function assertNotChanged({ status }: Answer, condition: Readonly<Record<string, string>>): void {
  const isAsked = Object.keys(condition).length > 0;
  if (status === 412 && isAsked) throw new RemoteChange("its ETag is another one");
}

// A range that was within the object is not any more only if the object has become shorter.
function assertStillAsLong({ headers }: Answer, { size }: ObjectState): void {
  const now = /^bytes \*\/(\d{1,16})$/.exec(headers.get("content-range") ?? "")?.[1];
  if (now === undefined || now === `${size}`) return;
  throw new RemoteChange("it has another size");
}

function otherRange(): RemoteFailure {
  return new RemoteFailure("the server sent another range than the one asked for");
}
