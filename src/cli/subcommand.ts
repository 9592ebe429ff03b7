/** A subcommand of the program: one file each. */
export interface Subcommand {
  /** What `--help` shows. */
  readonly help: string;
  /**
   * Does it.
   *
   * @param args the words behind the subcommand's name
   * @returns the exit code
   * @throws {UsageError} where the command line is wrong
   */
  run(args: readonly string[]): Promise<number>;
}
