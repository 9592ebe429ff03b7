/** A subcommand of the program. */
export interface Subcommand {
  /** What `--help` shows. */
  readonly help: string;
  /**
   * @param args the words after the subcommand's name
   * @returns the exit code
   * @throws {UsageError} (as a rejection) if the command line is wrong
   */
  run(args: readonly string[]): Promise<number>;
}

/** The command line is wrong. The message is one line that says what is wrong and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The exit code of a program that has done its work. */
export const EXIT_DONE = 0;

/** The exit code of a program that failed. */
export const EXIT_FAILED = 1;

/** The exit code after a wrong command line. */
export const EXIT_USAGE = 2;
