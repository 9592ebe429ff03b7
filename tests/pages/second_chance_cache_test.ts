import { assert, assertEquals, assertLessOrEqual, assertStrictEquals } from "@std/assert";
import fc, { type Command } from "fast-check";
import { type Cacheable, SecondChanceCache } from "../../src/pages/second_chance_cache.ts";

interface Entry {
  readonly key: number;
  readonly value: Cacheable;
  readonly isUsed: boolean;
}

function sum(entries: readonly Entry[]): number {
  return entries.reduce((bytes, { value }) => bytes + value.memoryBytes, 0);
}

/** A cache in the plainest way: the oldest stands first, and goes round once more if it was used. */
class Model {
  entries: Entry[] = [];

  constructor(readonly budgetBytes: number) {}

  get(key: number): Cacheable | undefined {
    const entry = this.entries.find((entry) => entry.key === key);
    if (entry === undefined) return undefined;
    this.entries = this.entries.map((other) =>
      other === entry ? { ...entry, isUsed: true } : other
    );
    return entry.value;
  }

  set(key: number, value: Cacheable): void {
    this.entries = this.entries.filter((entry) => entry.key !== key);
    if (value.memoryBytes > this.budgetBytes) return;
    this.entries.push({ key, value, isUsed: true });
    while (sum(this.entries) > this.budgetBytes) {
      const oldest = this.entries.shift()!;
      if (oldest.isUsed) this.entries.push({ ...oldest, isUsed: false });
    }
  }
}

type Real = SecondChanceCache<Cacheable>;

abstract class Step implements Command<Model, Real> {
  constructor(readonly key: number) {}

  check(_model: Readonly<Model>): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.apply(model, real);
    assertLessOrEqual(real.usedBytes, real.budgetBytes);
    assertEquals([real.usedBytes, real.size], [sum(model.entries), model.entries.length]);
    for (let key = 0; key < KEYS; key++) {
      assertEquals(real.has(key), model.entries.some((entry) => entry.key === key));
    }
  }

  protected abstract apply(model: Model, real: Real): void;
}

class Set extends Step {
  constructor(key: number, readonly memoryBytes: number) {
    super(key);
  }

  protected override apply(model: Model, real: Real): void {
    const value = { memoryBytes: this.memoryBytes };
    model.set(this.key, value);
    real.set(this.key, value);
  }

  override toString(): string {
    return `set ${this.key} of ${this.memoryBytes}`;
  }
}

class Get extends Step {
  protected override apply(model: Model, real: Real): void {
    assertStrictEquals(real.get(this.key), model.get(this.key));
  }

  override toString(): string {
    return `get ${this.key}`;
  }
}

const KEYS = 6;

Deno.test("a cache does what a plain array does, whatever is done to it", () => {
  const key = fc.nat({ max: KEYS - 1 });
  const steps = [
    fc.tuple(key, fc.integer({ min: 1, max: 120 })).map(([key, bytes]) => new Set(key, bytes)),
    key.map((key) => new Get(key)),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 100, 250),
      fc.commands(steps, { maxCommands: 80 }),
      (budgetBytes, steps) => {
        const setup = () => ({
          model: new Model(budgetBytes),
          real: new SecondChanceCache(budgetBytes),
        });
        fc.modelRun(setup, steps);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("the oldest goes first, but one that was used since is spared", () => {
  const cache = new SecondChanceCache<Cacheable>(3);
  for (const key of [1, 2, 3, 4]) cache.set(key, { memoryBytes: 1 });
  assertEquals([1, 2, 3, 4].filter((key) => cache.has(key)), [2, 3, 4]);
  cache.get(2);
  cache.set(5, { memoryBytes: 1 });
  assertEquals([2, 3, 4, 5].filter((key) => cache.has(key)), [2, 4, 5]);
});

Deno.test("has does not count as a use", () => {
  const cache = new SecondChanceCache<Cacheable>(60);
  for (const key of [1, 2]) cache.set(key, { memoryBytes: 30 });
  assert(cache.has(1));
  cache.set(3, { memoryBytes: 30 });
  assertEquals(cache.has(1), false);
});

Deno.test("as many go as must to make room", () => {
  const cache = new SecondChanceCache<Cacheable>(100);
  for (const key of [1, 2, 3, 4]) cache.set(key, { memoryBytes: 25 });
  cache.set(5, { memoryBytes: 60 });
  assertEquals([1, 2, 3, 4, 5].filter((key) => cache.has(key)), [4, 5]);
  assertEquals(cache.usedBytes, 85);
});

Deno.test("what is as large as the budget is kept, what is larger is not", () => {
  const cache = new SecondChanceCache<Cacheable>(100);
  cache.set(1, { memoryBytes: 100 });
  assert(cache.has(1));
  cache.set(2, { memoryBytes: 101 });
  assert(cache.has(1));
  assertEquals([cache.has(2), cache.usedBytes], [false, 100]);
});

Deno.test("a value takes the place of the one under the same key, even where it is not kept", () => {
  const cache = new SecondChanceCache<Cacheable>(100);
  cache.set(1, { memoryBytes: 40 });
  const second = { memoryBytes: 50 };
  cache.set(1, second);
  assertStrictEquals(cache.get(1), second);
  assertEquals([cache.usedBytes, cache.size], [50, 1]);
  cache.set(1, { memoryBytes: 101 });
  assertEquals([cache.get(1), cache.usedBytes, cache.size], [undefined, 0, 0]);
});
