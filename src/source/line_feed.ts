/** The byte that ends a line. */
export const LF = 10;
