import { toDay } from '../../state/question.ts';

interface Dated {
  readonly createdAt: string;
}

/** The days of images that come by date, each with the number of its first image. */
export function toDays(images: readonly Dated[]): readonly { readonly day: string; readonly first: number }[] {
  const days: { day: string; first: number }[] = [];
  for (const [first, { createdAt }] of images.entries()) {
    const day = toDay(createdAt);
    if (days.at(-1)?.day !== day) days.push({ day, first });
  }
  return days;
}

/** A month or a year that can be gone to: `2026-01`, or `2026`. */
export interface Stop {
  readonly period: string;
  /** The last day of it. */
  readonly to: string;
}

/** With more months than that it is years. */
const MOST_MONTHS = 24;

/** Where one can go between two moments, the latest first: each month, or each year when those are too many. */
export function toStops(oldest: string, newest: string): readonly Stop[] {
  const [from, to] = [new Date(oldest), new Date(newest)];
  const months = (to.getFullYear() - from.getFullYear()) * 12 + to.getMonth() - from.getMonth() + 1;
  const isByMonth = months <= MOST_MONTHS;
  const count = isByMonth ? months : to.getFullYear() - from.getFullYear() + 1;
  return Array.from({ length: Math.max(0, count) }, (_, back) => {
    const end = isByMonth
      ? new Date(to.getFullYear(), to.getMonth() + 1 - back, 0)
      : new Date(to.getFullYear() - back, 12, 0);
    return { period: toDay(end).slice(0, isByMonth ? 7 : 4), to: toDay(end) };
  });
}
