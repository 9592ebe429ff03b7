/**
 * The part of `@std/cli` that this project uses: {@linkcode parseArgs}.
 *
 * @module
 */

/** What {@linkcode parseArgs} knows about the flags. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
> {
  /** Flags that take no value but `true` and `false`; `false` if not given. */
  boolean?: readonly B[];
  /** Flags whose value stays a string. `"_"` stands for the positionals. */
  string?: readonly S[];
  /** Flags whose values are all kept, in an array; of other flags the last value counts. */
  collect?: readonly C[];
  /** Flags that `--no-` before the name sets to `false`. */
  negatable?: readonly NoInfer<B>[];
  /** Values of flags that are not given. */
  default?: D;
  /**
   * Called for each positional, and for each flag that is not declared, with its name and value. The
   * argument is dropped if this returns `false`.
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The flags by name. Flags that are not declared by a literal name are `unknown`. */
export type Args<
  B extends string,
  S extends string,
  C extends string,
  D extends Record<string, unknown>,
> =
  & { [flag: string]: unknown; /** The positionals. */ _: (string | number)[] }
  & IfLiteral<B, { [K in B]: boolean | (K extends keyof D ? D[K] : never) }>
  & IfLiteral<S, { [K in Exclude<S, "_" | C | keyof D>]?: string }>
  & IfLiteral<S, { [K in Extract<Exclude<S, "_" | C>, keyof D>]: string | D[K] }>
  & IfLiteral<S, { [K in Extract<S, C>]: string[] | (K extends keyof D ? D[K] : never) }>;

type IfLiteral<Names extends string, T> = string extends Names ? unknown : T;

/**
 * Sorts the arguments of a command line into flags and positionals.
 *
 * - `--name value`, `--name=value`, `-n value` and `-n5` give a flag a value. A flag without one is
 *   `true`, or `""` if its values are strings.
 * - `-abc` sets a, b and c, so `-35` sets the flags 3 and 5. If an `=` or a number follows a letter, even
 *   after others, that is the value of this letter: `-ab=c` sets a to `"c"`.
 * - What `Number` can read becomes a number, unless the value stays a string.
 * - After `--` there are only positionals, and they stay as they are.
 * - A dot in a name nests: `--a.b 5` gives `{ a: { b: 5 } }`.
 *
 * @throws {TypeError} If a flag overwrites what another one has put something into.
 */
export function parseArgs<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  D extends Record<string, unknown> = Record<never, never>,
>(args: readonly string[], options: ParseOptions<B, S, C, D> = {}): Args<B, S, C, D> {
  return new Parser(options).parse(args) as Args<B, S, C, D>;
}

type Nested = Record<string, unknown>;

class Parser {
  readonly #booleans: ReadonlySet<string>;
  readonly #strings: ReadonlySet<string>;
  readonly #collected: ReadonlySet<string>;
  readonly #options: ParseOptions;
  readonly #values: Nested = { _: [] };
  #arguments: readonly string[] = [];
  #position = 0;

  constructor(options: ParseOptions) {
    this.#options = options;
    this.#booleans = nameSet(options.boolean);
    this.#strings = nameSet(options.string);
    this.#collected = nameSet(options.collect);
  }

  parse(args: readonly string[]): Nested {
    const dashes = args.indexOf("--");
    this.#arguments = dashes < 0 ? args : args.slice(0, dashes);
    while (this.#position < this.#arguments.length) {
      const arg = this.#arguments[this.#position++]!;
      if (arg.startsWith("--")) this.#parseLong(arg);
      else if (arg.startsWith("-") && arg !== "-") this.#parseShort(arg);
      else this.#addPositional(arg);
    }
    this.#fillIn();
    this.#positionals.push(...dashes < 0 ? [] : args.slice(dashes + 1));
    return this.#values;
  }

  // A flag named "_" replaces them.
  get #positionals(): unknown[] {
    return this.#values["_"] as unknown[];
  }

  #addPositional(arg: string): void {
    if (this.#options.unknown?.(arg) === false) return;
    this.#positionals.push(this.#convert("_", arg));
  }

  #parseLong(arg: string): void {
    const isNegated = arg.startsWith("--no-") && arg.length > "--no-".length;
    const text = arg.slice(isNegated ? "--no-".length : 2);
    const equals = text.indexOf("=", 1);
    if (equals > 0) {
      const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
      this.#set(name, this.#booleans.has(name) ? value !== "false" : value, arg);
    } else if (isNegated && this.#options.negatable?.includes(text)) {
      this.#set(text, false, arg, false);
    } else this.#setFromNext(isNegated ? `no-${text}` : text, arg, /^-/);
  }

  #parseShort(arg: string): void {
    const last = arg.length - 1;
    for (let i = 1; i < last; i++) {
      const letter = arg[i]!;
      const value = attachedValue(letter, arg.slice(i + 1));
      this.#set(letter, value ?? this.#valueOfNone(letter), arg);
      if (value !== undefined) return;
    }
    this.#setFromNext(arg[last]!, arg, /^--?[^-]/);
  }

  #setFromNext(name: string, arg: string, flagPattern: RegExp): void {
    const next = this.#arguments[this.#position] ?? "";
    let value = this.#valueOfNone(name);
    if (next !== "" && !this.#booleans.has(name) && !flagPattern.test(next)) value = next;
    else if (next === "true" || next === "false") value = next === "true";
    else return this.#set(name, value, arg);
    this.#position++;
    this.#set(name, value, arg);
  }

  #valueOfNone(name: string): string | boolean {
    return this.#strings.has(name) ? "" : true;
  }

  #set(name: string, value: string | boolean, arg: string, canCollect = true): void {
    const isCollected = this.#collected.has(name);
    const isKnown = isCollected || this.#booleans.has(name) || this.#strings.has(name);
    if (!isKnown && this.#options.unknown?.(arg, name, value) === false) return;
    setNested(this.#values, name, this.#convert(name, value), isCollected && canCollect);
  }

  #convert(name: string, value: string | boolean): string | number | boolean {
    const isText = typeof value === "boolean" || this.#strings.has(name) || value.trim() === "";
    return isText || !Number.isFinite(Number(value)) ? value : Number(value);
  }

  #fillIn(): void {
    const isMissing = (name: string) => !hasNested(this.#values, name);
    for (const [name, value] of Object.entries(this.#options.default ?? {})) {
      if (isMissing(name)) setNested(this.#values, name, value);
    }
    for (const name of this.#booleans) {
      const none = this.#collected.has(name) ? [] : false;
      if (isMissing(name)) setNested(this.#values, name, none);
    }
    for (const name of this.#strings) {
      if (isMissing(name) && this.#collected.has(name)) setNested(this.#values, name, []);
    }
  }
}

function nameSet(names: readonly string[] = []): ReadonlySet<string> {
  return new Set(names.filter((name) => name !== ""));
}

/** The value of a letter that other characters follow, as in `-n5`, `-n=5`, `-I/usr`, `-f-`. */
function attachedValue(letter: string, rest: string): string | undefined {
  if (rest === "-") return "-";
  if (rest === "=") return "";
  if (/[A-Za-z]/.test(letter)) {
    const value = /=(.+)/.exec(rest)?.[1];
    if (value !== undefined) return value;
    if (/\d\.?$/.test(rest)) return rest;
  }
  return rest.length > 1 && /^\W/.test(rest) ? rest : undefined;
}

/** Nothing is set that would change the prototype of all objects. */
function setNested(values: Nested, name: string, value: unknown, isCollected = false): void {
  const path = name.split(".");
  const last = path.pop()!;
  let holder = values;
  for (const part of path) {
    if (isForbidden(holder, part)) return;
    holder = (holder[part] ??= {}) as Nested;
  }
  if (isForbidden(holder, last)) return;
  const present = holder[last];
  if (!isCollected) holder[last] = value;
  else if (Array.isArray(present)) present.push(value);
  else holder[last] = present ? [present, value] : [value];
}

function isForbidden(holder: Nested, name: string): boolean {
  return name === "__proto__" ||
    (name === "constructor" && typeof holder[name] === "function");
}

function hasNested(values: Nested, name: string): boolean {
  let holder: unknown = values;
  return name.split(".").every((part) => {
    const isThere = Object.hasOwn(holder as Nested, part);
    holder = (holder as Nested)[part];
    return isThere;
  });
}
