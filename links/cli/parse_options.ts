/** What `parseArgs` is told about the flags. */
export interface ParseOptions<
  TBooleans extends string = string,
  TStrings extends string = string,
  TCollectable extends string = string,
  TNegatable extends string = string,
  TDefault extends Record<string, unknown> = Record<string, unknown>,
  TAlias extends Record<string, string | readonly string[]> = Record<
    string,
    string | readonly string[]
  >,
  TDoubleDash extends boolean = boolean,
> {
  /** Whether what follows `--` is put under `"--"` instead of `_`. @default {false} */
  "--"?: TDoubleDash | undefined;
  /** Other names of flags. All names of a flag get its value. */
  alias?: TAlias | undefined;
  /** Flags that take no value; `false` where not given. */
  boolean?: TBooleans | readonly TBooleans[] | undefined;
  /** Values of flags that are not given. */
  default?: TDefault | undefined;
  /** Whether everything after the first positional is positional too. @default {false} */
  stopEarly?: boolean | undefined;
  /** Flags whose value is always a string, never a number. `"_"` stands for the positionals. */
  string?: TStrings | readonly TStrings[] | undefined;
  /** Flags that may be given more than once; their values are gathered in an array. */
  collect?: TCollectable | readonly TCollectable[] | undefined;
  /** Flags that `--no-` before the name sets to `false`. */
  negatable?: TNegatable | readonly TNegatable[] | undefined;
  /** Called with each argument that is not declared; `false` drops the argument. */
  unknown?: ((arg: string, key?: string, value?: unknown) => unknown) | undefined;
}
