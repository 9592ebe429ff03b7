import { assert, assertEquals } from "@std/assert";
import {
  Caution,
  CAUTION_MAX_MS,
  CAUTION_MS,
  StallScale,
} from "../../../src/source/local/caution.ts";

/** How many stalls in a row it takes until there are too many. */
function stallsUntilTooMany(scale: StallScale): number {
  for (let stalls = 1; stalls < 100; stalls++) {
    if (scale.note(true)) return stalls;
  }
  return Infinity;
}

Deno.test("a scale takes three stalls, one where it is full, and three again where it is cleared", () => {
  const scale = new StallScale();
  assertEquals(stallsUntilTooMany(scale), 4);
  scale.fill();
  assertEquals(stallsUntilTooMany(scale), 1);
  scale.clear();
  assertEquals(stallsUntilTooMany(scale), 4);
});

Deno.test("eight reads that did not stall weigh as much as one that did, and are not saved up", () => {
  const scale = new StallScale();
  for (let i = 0; i < 100; i++) scale.note(false);
  assert(scale.isEven);
  scale.note(true);
  for (let i = 0; i < 7; i++) scale.note(false);
  assert(!scale.isEven);
  scale.note(false);
  assert(scale.isEven);
});

Deno.test("a caution is on for twice as long each time, until as many reads did not stall", () => {
  let nowMs = 0;
  const caution = new Caution(() => nowMs);
  assert(!caution.isOn);
  let lastsMs = CAUTION_MS;
  for (let i = 0; i < 8; i++) {
    caution.note(true);
    nowMs += lastsMs - 1;
    assert(caution.isOn);
    nowMs += 1;
    assert(!caution.isOn);
    lastsMs = Math.min(2 * lastsMs, CAUTION_MAX_MS);
  }
  for (let i = 0; i < 24; i++) caution.note(false);
  for (let i = 0; i < 4; i++) {
    assert(!caution.isOn);
    caution.note(true);
  }
  nowMs += CAUTION_MS - 1;
  assert(caution.isOn);
  nowMs += 1;
  assert(!caution.isOn);
});

Deno.test("a caution can be begun without a stall", () => {
  let nowMs = 0;
  const caution = new Caution(() => nowMs);
  caution.begin();
  assert(caution.isOn);
  nowMs += CAUTION_MS;
  assert(!caution.isOn);
});
