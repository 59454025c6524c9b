/** Writes a number with the noun that goes with it, in English. */
export const plural = (count: number | string, one: string, more: string): string =>
  `${count} ${String(count) === '1' ? one : more}`;

/** Writes a number of images, in English. */
export const pictures = (count: number | string): string => `${count} image${String(count) === '1' ? '' : 's'}`;
