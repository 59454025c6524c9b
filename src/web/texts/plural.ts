/** Writes a number with the noun that goes with it, in English. */
export const plural = (count: number | string, one: string, more: string): string =>
  `${count} ${String(count) === '1' ? one : more}`;
