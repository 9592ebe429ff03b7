/**
 * Compares two values deeply. The rules are those of the registry's `equal`, its odd ones included,
 * so that no test passes with one and fails with the other:
 *
 * - Two values are equal if `===` or `Object.is` says so. Functions equal only themselves.
 * - Objects need the same prototype; that of plain objects is as good as none.
 * - Arrays and plain objects are compared by enumerable properties, so a hole in an array equals nothing
 *   only if both arrays have as many elements set.
 * - All other objects are compared by every property of theirs and of their classes, enumerable or not:
 *   errors by their stacks too, a `DataView` by its buffer and its offset. What only a private field holds
 *   is not seen, so two promises are equal.
 * - Dates, patterns and URLs are compared by what they stand for, typed arrays and buffers by their
 *   elements, maps and sets by their entries in any order.
 * - Each entry of a map or set with objects as keys needs an equal one in the other; two may share it.
 *
 * @throws {TypeError} If both are a `WeakMap` or both a `WeakSet`.
 */
export function equal(a: unknown, b: unknown): boolean {
  return new Comparison().isEqual(a, b);
}

type Properties = Readonly<Record<PropertyKey, unknown>>;
type Collection = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

class Comparison {
  /** The object that each object was last compared with. To meet it again, in a cycle, adds nothing. */
  readonly #partners = new Map<object, object>();

  isEqual(a: unknown, b: unknown): boolean {
    if (a === b || Object.is(a, b)) return true;
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return false;
    if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
    if (prototypeOf(a) !== prototypeOf(b)) return false;
    return this.#isEqualWithin(a, b as typeof a);
  }

  // Both have the same prototype.
  #isEqualWithin(a: object, b: object): boolean {
    if (isTypedArray(a)) return isSameSequence(a, b as TypedArray);
    if (isBuffer(a)) return isSameSequence(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
    if (a instanceof WeakRef) return this.isEqual(a.deref(), (b as WeakRef<object>).deref());
    for (const weak of [WeakMap, WeakSet]) {
      if (a instanceof weak) throw new TypeError(`Cannot compare ${weak.name} instances`);
    }
    if (this.#partners.get(a) === b) return true;
    if (Object.keys(a).length !== Object.keys(b).length) return false;
    this.#partners.set(a, b);
    if (a instanceof Map || a instanceof Set) return this.#haveEqualEntries(a, b as Collection);
    if (COMPARED_AS_TEXT.has(Object.getPrototypeOf(a))) return String(a) === String(b);
    return this.#haveEqualProperties(a as Properties, b as Properties);
  }

  #haveEqualEntries(a: Collection, b: Collection): boolean {
    if (a.size !== b.size) return false;
    if (![...a.keys()].some(isReference)) {
      return a.keys().every((key) =>
        b.has(key) && (!(a instanceof Map) || this.isEqual(a.get(key), (b as typeof a).get(key)))
      );
    }
    // Each entry is looked for, even after one was not found: what was compared counts for later.
    const found = [...a.entries()].filter((entry) =>
      b.entries().some((other) => this.#isEqualEntry(entry, other))
    );
    return found.length === a.size;
  }

  #isEqualEntry([keyA, valueA]: unknown[], [keyB, valueB]: unknown[]): boolean {
    return this.isEqual(keyA, keyB) && this.isEqual(valueA, valueB);
  }

  #haveEqualProperties(a: Properties, b: Properties): boolean {
    const keys = isArrayOrPlain(a)
      ? Reflect.ownKeys({ ...a, ...b })
      : new Set([...keysOfChain(a), ...keysOfChain(b)]);
    for (const key of keys) {
      if (!this.isEqual(a[key], b[key]) || (key in a) !== (key in b)) return false;
    }
    return true;
  }
}

/** Classes whose `toString` tells all there is to compare. */
const COMPARED_AS_TEXT: ReadonlySet<unknown> = new Set([
  Intl.Locale.prototype,
  RegExp.prototype,
  Temporal.Duration.prototype,
  Temporal.Instant.prototype,
  Temporal.PlainDate.prototype,
  Temporal.PlainDateTime.prototype,
  Temporal.PlainMonthDay.prototype,
  Temporal.PlainTime.prototype,
  Temporal.PlainYearMonth.prototype,
  Temporal.ZonedDateTime.prototype,
  URL.prototype,
  URLSearchParams.prototype,
]);

type TypedArray = ArrayLike<number | bigint>;

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array) as abstract new () => TypedArray;

function isTypedArray(value: object): value is TypedArray {
  return value instanceof TYPED_ARRAY;
}

function isBuffer(value: object): value is ArrayBuffer | SharedArrayBuffer {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function isSameSequence(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  return true;
}

function isReference(value: unknown): boolean {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

function prototypeOf(value: object): object {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function isArrayOrPlain(value: object): boolean {
  const prototype = prototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** The own properties of an object and of its classes, but for those of all arrays or objects. */
function* keysOfChain(value: object): Generator<PropertyKey> {
  for (
    let holder: object | null = value;
    holder !== null && holder !== Object.prototype && holder !== Array.prototype;
    holder = Object.getPrototypeOf(holder)
  ) yield* Reflect.ownKeys(holder);
}
