const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A time of ISO 8601 as fields for times take it, by the clock on the wall; empty for none. */
export function toWallTime(iso: string | undefined): string {
  if (iso === undefined) return '';
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

/** The other way round; empty for none, as the bed takes it. */
export const fromWallTime = (wall: string): string => (wall === '' ? '' : new Date(wall).toISOString());

/** How many whole days are left until a time; 0 on the last, and once it has come. */
export const daysUntil = (iso: string, now: number): number =>
  Math.max(0, Math.floor((Date.parse(iso) - now) / DAY_MS));
