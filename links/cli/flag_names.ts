import type { ParseOptions } from "./parse_options.ts";

/** Which flags are declared as what, under all their names. */
export class FlagNames {
  readonly #groups = new Map<string, readonly string[]>();
  readonly booleans: ReadonlySet<string>;
  readonly strings: ReadonlySet<string>;
  readonly collected: ReadonlySet<string>;
  readonly negatable: ReadonlySet<string>;

  /** @param options The options of {@linkcode parseArgs}. */
  constructor(options: ParseOptions) {
    for (const [name, others] of Object.entries(options.alias ?? {})) {
      const group = [name, ...toArray(others)];
      for (const member of group) this.#groups.set(member, group);
    }
    this.booleans = this.#withAliases(options.boolean);
    this.strings = this.#withAliases(options.string);
    this.collected = this.#withAliases(options.collect);
    this.negatable = this.#withAliases(options.negatable);
  }

  /**
   * @param name A flag.
   * @returns All names of the flag, this one included.
   */
  namesOf(name: string): readonly string[] {
    return this.#groups.get(name) ?? [name];
  }

  /**
   * @param name A flag.
   * @returns Whether the flag is declared, so that `unknown` need not hear of it.
   */
  isKnown(name: string): boolean {
    return this.booleans.has(name) || this.strings.has(name) || this.#groups.has(name);
  }

  #withAliases(names: string | readonly string[] = []): Set<string> {
    return new Set(toArray(names).flatMap((name) => this.namesOf(name)));
  }
}

function toArray(names: string | readonly string[]): readonly string[] {
  return typeof names === "string" ? [names] : names;
}
