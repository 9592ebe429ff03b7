import { assert, assertLess } from "@std/assert";
import fc from "fast-check";
import { exactGoldenShare, goldenShare } from "../../../tools/load/golden_share.ts";

/** The golden ratio times 2^128, rounded down: OEIS A094214. */
const GOLDEN_128 = 0x9e3779b97f4a7c15f39cc0605cedc834n;

/** The fraction of a product with the golden ratio, to 2^-64. */
function trueShare(value: number): number {
  return Number(BigInt.asUintN(128, BigInt(value) * GOLDEN_128) >> 64n) / 2 ** 64;
}

// A fraction just under 1 and one just over 0 are next to each other.
function distance(one: number, other: number): number {
  const apart = Math.abs(one - other);
  return Math.min(apart, 1 - apart);
}

Deno.test("exactGoldenShare is right to 2^-50 for any number", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => {
    const share = exactGoldenShare(value);
    assert(share >= 0 && share < 1, `${share}`);
    assertLess(distance(share, trueShare(value)), 2 ** -50);
  }));
});

Deno.test("goldenShare is right to within one line of a short text", () => {
  fc.assert(fc.property(fc.nat(1_000_000), (value) => {
    const share = goldenShare(value);
    assert(share >= 0 && share < 1, `${share}`);
    assertLess(distance(share, trueShare(value)), 1 / 1_000_000);
  }));
});
