import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  backoffMs,
  parseRetryAfter,
  REQUEST_POLICY,
} from "../../../src/source/remote/request_policy.ts";

Deno.test("backoffMs() is random up to a limit that doubles up to 5 s", () => {
  const limits = Array.from(
    { length: 9 },
    (_, i) => backoffMs(REQUEST_POLICY, i + 1, undefined, () => 1),
  );
  assertEquals(limits, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  assertEquals(backoffMs(REQUEST_POLICY, 3, undefined, () => 0.5), 200);
  assertEquals(backoffMs(REQUEST_POLICY, 3, undefined, () => 0), 0);
});

Deno.test("backoffMs() is what the server asks for, up to 30 s", () => {
  assertEquals(backoffMs(REQUEST_POLICY, 1, 1234), 1234);
  assertEquals(backoffMs(REQUEST_POLICY, 1, 0), 0);
  assertEquals(backoffMs(REQUEST_POLICY, 1, 1e12), 30_000);
});

Deno.test("parseRetryAfter() reads seconds and dates, and nothing else", () => {
  const now = Date.UTC(2026, 0, 1);
  assertEquals(parseRetryAfter("0", now), 0);
  assertEquals(parseRetryAfter("120", now), 120_000);
  assertEquals(parseRetryAfter("Thu, 01 Jan 2026 00:00:09 GMT", now), 9_000);
  assertEquals(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  for (const value of [null, "", "soon", "-1", "1.5", "0x10", "2026"]) {
    const ms = parseRetryAfter(value, now);
    assert(value === "2026" ? ms === 2_026_000 : ms === undefined, `${value}`);
  }
});

Deno.test("REQUEST_POLICY.wait() rejects with the reason once the signal is aborted", async () => {
  const abort = new AbortController();
  const waiting = REQUEST_POLICY.wait(1_000_000, abort.signal);
  abort.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  await assertRejects(() => REQUEST_POLICY.wait(1_000_000, abort.signal), Error, "enough");
  await REQUEST_POLICY.wait(0, undefined);
});
