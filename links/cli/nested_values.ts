type Nested = Record<string, unknown>;

/** Values under dotted names: `a.b` is the property b of the object under a. */
export class NestedValues {
  /** The values as one object. */
  readonly root: Nested = {};

  /**
   * @param name A dotted name.
   * @returns Whether there is a value under the name, be it `undefined`.
   */
  has(name: string): boolean {
    let holder: unknown = this.root;
    for (const part of name.split(".")) {
      if (!isNested(holder) || !Object.hasOwn(holder, part)) return false;
      holder = holder[part];
    }
    return true;
  }

  /**
   * Puts a value under a name, in place of one that is there.
   *
   * @param name A dotted name.
   * @param value The value.
   */
  set(name: string, value: unknown): void {
    const parts = name.split(".");
    const last = parts.pop() ?? "";
    let holder = this.root;
    for (const part of parts) {
      if (!isNested(own(holder, part))) define(holder, part, {});
      holder = own(holder, part) as Nested;
    }
    define(holder, last, value);
  }

  /**
   * Appends a value to the array under a name.
   *
   * @param name A dotted name.
   * @param value The value.
   */
  append(name: string, value: unknown): void {
    const values = name.split(".").reduce<unknown>(
      (object, part) => isNested(object) ? own(object, part) : undefined,
      this.root,
    );
    this.set(name, Array.isArray(values) ? [...values, value] : [value]);
  }
}

function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null;
}

function own(holder: Nested, key: string): unknown {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

/** Unlike an assignment this makes `__proto__` a property like any other. */
function define(holder: Nested, key: string, value: unknown): void {
  Object.defineProperty(holder, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
