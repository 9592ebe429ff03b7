import { FlagNames } from "./flag_names.ts";
import { NestedValues } from "./nested_values.ts";
import type { ParseOptions } from "./parse_options.ts";

const NUMBER = /^(0x[0-9a-f]+|[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?)$/i;

/** The work of {@linkcode parseArgs}. An instance reads one list of arguments. */
export class ArgsReader {
  readonly #options: ParseOptions;
  readonly #names: FlagNames;
  readonly #values = new NestedValues();
  readonly #positionals: (string | number)[] = [];

  /** @param options The options of {@linkcode parseArgs}. */
  constructor(options: ParseOptions) {
    this.#options = options;
    this.#names = new FlagNames(options);
  }

  /**
   * @param args The arguments.
   * @returns The object that {@linkcode parseArgs} gives.
   */
  read(args: readonly string[]): Record<string, unknown> {
    const dashes = args.indexOf("--");
    const flagsEnd = dashes < 0 ? args.length : dashes;
    const rest = dashes < 0 ? [] : args.slice(dashes + 1);
    this.#readFlags(args.slice(0, flagsEnd));
    this.#fillIn();
    this.#values.set("_", this.#positionals);
    if (this.#options["--"]) this.#values.set("--", rest);
    else this.#positionals.push(...rest);
    return this.#values.root;
  }

  #readFlags(args: readonly string[]): void {
    for (let index = 0; index < args.length; index++) {
      const arg = args[index]!;
      const next = args[index + 1];
      if (arg.startsWith("--")) {
        if (this.#readLong(arg, next)) index++;
      } else if (arg.startsWith("-") && arg !== "-") {
        if (this.#readShort(arg, next)) index++;
      } else {
        this.#readPositional(arg);
        if (this.#options.stopEarly) {
          this.#positionals.push(...args.slice(index + 1));
          return;
        }
      }
    }
  }

  #readPositional(arg: string): void {
    if (this.#options.unknown?.(arg) === false) return;
    this.#positionals.push(this.#convert("_", arg) as string | number);
  }

  /** Returns whether the next argument was taken as the value. */
  #readLong(arg: string, next: string | undefined): boolean {
    const body = arg.slice(2);
    const equals = body.indexOf("=", 1);
    if (equals > 0) {
      this.#setText(body.slice(0, equals), body.slice(equals + 1), arg);
      return false;
    }
    const negated = body.startsWith("no-") ? body.slice(3) : "";
    if (this.#names.negatable.has(negated)) {
      // A negation stands for all values there are, so it replaces what was gathered.
      this.#set(negated, false, arg, false);
      return false;
    }
    return this.#setFromNext(body, next, arg, next?.startsWith("-") ?? true);
  }

  /** Returns whether the next argument was taken as the value of the last letter. */
  #readShort(arg: string, next: string | undefined): boolean {
    const lastIndex = arg.length - 1;
    for (let index = 1; index < lastIndex; index++) {
      const letter = arg[index]!;
      const value = attachedValue(letter, arg.slice(index + 1));
      if (value !== undefined) {
        this.#setText(letter, value, arg);
        return false;
      }
      this.#set(letter, this.#valueOfNone(letter), arg);
    }
    const looksLikeFlag = next === undefined || (next.startsWith("-") && next !== "-");
    return this.#setFromNext(arg[lastIndex]!, next, arg, looksLikeFlag);
  }

  #setFromNext(
    name: string,
    next: string | undefined,
    arg: string,
    nextIsFlag: boolean,
  ): boolean {
    if (next !== undefined && !nextIsFlag && !this.#names.booleans.has(name)) {
      this.#set(name, next, arg);
      return true;
    }
    if (next === "true" || next === "false") {
      this.#set(name, next === "true", arg);
      return true;
    }
    this.#set(name, this.#valueOfNone(name), arg);
    return false;
  }

  #setText(name: string, text: string, arg: string): void {
    this.#set(name, this.#names.booleans.has(name) ? text !== "false" : text, arg);
  }

  #valueOfNone(name: string): string | boolean {
    return this.#names.strings.has(name) ? "" : true;
  }

  #set(
    name: string,
    value: string | boolean,
    arg: string,
    isGathered: boolean = this.#names.collected.has(name),
  ): void {
    if (!this.#names.isKnown(name) && this.#options.unknown?.(arg, name, value) === false) return;
    const converted = this.#convert(name, value);
    for (const each of this.#names.namesOf(name)) {
      if (isGathered) this.#values.append(each, converted);
      else this.#values.set(each, converted);
    }
  }

  #convert(name: string, value: string | boolean): string | number | boolean {
    if (typeof value !== "string" || this.#names.strings.has(name)) return value;
    return NUMBER.test(value) ? Number(value) : value;
  }

  #fillIn(): void {
    const { booleans, collected } = this.#names;
    for (const [name, value] of Object.entries(this.#options.default ?? {})) {
      if (this.#values.has(name)) continue;
      for (const each of this.#names.namesOf(name)) this.#values.set(each, value);
    }
    for (const name of collected) if (!this.#values.has(name)) this.#values.set(name, []);
    for (const name of booleans) if (!this.#values.has(name)) this.#values.set(name, false);
  }
}

/** The value written together with a letter, as in `-n5`, `-n=5`, `-I/usr`, `-f-`. */
function attachedValue(letter: string, rest: string): string | undefined {
  const isLetter = /[a-z]/i.test(letter);
  if (isLetter && rest.startsWith("=")) return rest.slice(1);
  if (isLetter && /^-?\d+(\.\d*)?(e-?\d+)?$/.test(rest)) return rest;
  return /^\W/.test(rest) ? rest : undefined;
}
