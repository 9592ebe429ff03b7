type AliasesOf<K, A> = K extends keyof A ? Literal<A[K] extends readonly (infer N)[] ? N : A[K]>
  : never;

type Literal<N> = N extends string ? string extends N ? never : N : never;

type Single<K, B, S> = K extends B ? boolean : K extends S ? string : unknown;

type Value<K, B, S, C, N, D> =
  | (K extends C ? Single<K, B, S>[] : Single<K, B, S>)
  | (K extends N ? false : never)
  | (K extends keyof D ? D[K] : never);

/**
 * The type of the flags as declared: B boolean, S string, C gathered, N negatable, D with defaults,
 * A with aliases.
 *
 * @internal
 */
export type FlagValues<B extends string, S extends string, C extends string, N, D, A> =
  & { [name: string]: unknown }
  & {
    [K in B | C | (keyof D & string) as K | AliasesOf<K, A>]: Value<K, B, S, C, N, D>;
  }
  & {
    [K in Exclude<S, B | C | keyof D | "_"> as K | AliasesOf<K, A>]?:
      | Value<K, B, S, C, N, D>
      | undefined;
  };
