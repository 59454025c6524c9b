/** How many images, and their bytes together. */
export interface Amount {
  readonly images: number;
  readonly bytes: number;
}

/** What of a day there is; days are of UTC, as the bed has them. */
export interface DayAmount extends Amount {
  readonly day: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const toDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Every one of so many days up to `now`, those without an image too. */
export function fillDays(days: readonly DayAmount[], count: number, now: number): readonly DayAmount[] {
  const byDay = new Map(days.map((amount) => [amount.day, amount]));
  return Array.from({ length: count }, (_, at) => {
    const day = toDay(now - (count - 1 - at) * DAY_MS);
    return byDay.get(day) ?? { day, images: 0, bytes: 0 };
  });
}

/** All of them together. */
export const sumOf = (amounts: readonly Amount[]): Amount => ({
  images: amounts.reduce((sum, { images }) => sum + images, 0),
  bytes: amounts.reduce((sum, { bytes }) => sum + bytes, 0),
});
