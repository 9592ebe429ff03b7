/** How much memory one array takes at most: 16 GiB. More may be had, but nothing larger was tried. */
export const ARRAY_MAX_BYTES = 2 ** 34;
