/** What was asked for was done. */
export const EXIT_DONE = 0;

/** What was asked for failed. */
export const EXIT_FAILED = 1;

/** The command line was wrong. */
export const EXIT_USAGE = 2;
