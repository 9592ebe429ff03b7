/**
 * Compares two values deeply.
 *
 * - Primitives are equal as `===` has it, and `NaN` equals `NaN`; functions only to themselves.
 * - Objects are equal if their prototypes are the same, their properties have the same names,
 *   `undefined` ones too, in any order, and the values are equal. No prototype is as good as that
 *   of a plain object. Accessors of a class count as properties.
 * - Dates, regular expressions and errors are equal by what they stand for, maps and sets by their
 *   members in any order, typed arrays and array buffers by their elements.
 *
 * @param a A value.
 * @param b The value to compare it with.
 * @returns Whether they are equal.
 * @throws {TypeError} If both are a `WeakMap` or both a `WeakSet`.
 *
 * @example
 * ```ts
 * import { equal } from "@std/assert/equal";
 * import { assert } from "@std/assert/assert";
 *
 * assert(equal({ a: 1, b: new Set([2, 3]) }, { b: new Set([3, 2]), a: 1 }));
 * ```
 */
export function equal(a: unknown, b: unknown): boolean {
  return new Comparison().compare(a, b);
}

type Properties = Record<PropertyKey, unknown>;

type Keyed = Map<unknown, unknown> | Set<unknown>;

class Comparison {
  /** The pairs being compared; meeting one again, in a cycle, adds nothing. */
  readonly #open: [object, object][] = [];

  compare(a: unknown, b: unknown): boolean {
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
    if (!isObject(a) || !isObject(b) || prototypeOf(a) !== prototypeOf(b)) return false;
    if (this.#open.some(([openA, openB]) => openA === a && openB === b)) return true;
    this.#open.push([a, b]);
    const isEqual = this.#compareObjects(a, b);
    this.#open.pop();
    return isEqual;
  }

  #compareObjects(a: object, b: object): boolean {
    if (a instanceof WeakMap || a instanceof WeakSet) {
      throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
    }
    if (ArrayBuffer.isView(a)) return equalViews(a, b as typeof a);
    if (a instanceof ArrayBuffer) {
      return equalBytes(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
    }
    if (a instanceof Date) return this.compare(a.getTime(), (b as Date).getTime());
    if (a instanceof RegExp) return String(a) === String(b);
    if (a instanceof WeakRef) return this.compare(a.deref(), (b as WeakRef<object>).deref());
    if (a instanceof Set || a instanceof Map) return this.#compareKeyed(a, b as Keyed);
    if (!this.#compareProperties(a as Properties, b as Properties, ownKeys(a), ownKeys(b))) {
      return false;
    }
    if (Array.isArray(a)) return a.length === (b as unknown[]).length;
    if (a instanceof Error) return this.#compareErrors(a, b as Error);
    const accessors = accessorsOf(a);
    return this.#compareProperties(a as Properties, b as Properties, accessors, accessors);
  }

  #compareErrors(a: Error, b: Error): boolean {
    return a.name === b.name && a.message === b.message && this.compare(a.cause, b.cause);
  }

  #compareKeyed(a: Keyed, b: Keyed): boolean {
    if (a.size !== b.size) return false;
    const unmatched = [...b.entries()].filter(([key]) => !a.has(key));
    for (const [key, value] of a.entries()) {
      if (b.has(key)) {
        if (b instanceof Map && !this.compare(value, b.get(key))) return false;
        continue;
      }
      if (!isObject(key)) return false;
      const index = unmatched.findIndex((entry) => this.compare([key, value], entry));
      if (index < 0) return false;
      unmatched.splice(index, 1);
    }
    return true;
  }

  #compareProperties(
    a: Properties,
    b: Properties,
    keysOfA: PropertyKey[],
    keysOfB: PropertyKey[],
  ): boolean {
    const names = new Set(keysOfB);
    return keysOfA.length === keysOfB.length &&
      keysOfA.every((key) => names.has(key) && this.compare(a[key], b[key]));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function prototypeOf(value: object): object {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function ownKeys(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key)
  );
}

/** Objects such as URLs have their values behind accessors of the prototype. */
function accessorsOf(value: object): string[] {
  const names: string[] = [];
  let prototype = prototypeOf(value);
  while (prototype !== Object.prototype) {
    const properties = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    names.push(...properties.filter(([, property]) => property.get).map(([name]) => name));
    prototype = prototypeOf(prototype);
  }
  return names;
}

function equalViews(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a instanceof Float32Array || a instanceof Float64Array || a instanceof Float16Array) {
    // Equal numbers may differ in their bytes: 0 and -0, and the many forms of NaN.
    const other = b as typeof a;
    return a.length === other.length &&
      a.every((x, i) => x === other[i] || (Number.isNaN(x) && Number.isNaN(other[i])));
  }
  return equalBytes(bytesOf(a), bytesOf(b));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
