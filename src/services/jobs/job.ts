/** When a job is due, in the words of the platform's timer and in those of a server of one's own; one value makes both. */
export interface Schedule {
  /**
   * Second, minute, hour, day, month, weekday, year, as a trigger of `cloudbaserc.json` has them.
   *
   * @see https://docs.cloudbase.net/cloud-function/timer-trigger
   */
  readonly cron: string;
  readonly everyMs: number;
}

/** What every run tells. */
export interface JobReport {
  /** Whether it came to its end; if not, the next run goes on where this one stopped. */
  readonly finished: boolean;
}

/** Work that nobody waits for. It may run twice at once, on two servers, and be stopped anywhere; it logs its own report. */
export interface Job {
  /** Also that of its trigger. */
  readonly name: string;
  readonly schedule: Schedule;
  /** Whether a server runs it as it starts, too, and again and again until it has come to its end. */
  readonly startsAtOnce?: boolean;
  /** Works for about so many milliseconds. */
  run(budget: { readonly budgetMs: number }): Promise<JobReport>;
}

const HOUR_MS = 60 * 60 * 1000;

/** Divides the day, so that all ways of counting hours agree. */
type Hours = 1 | 2 | 3 | 4 | 6 | 8 | 12 | 24;

/** Every so many hours, so many minutes past the hour. */
export const everyHours = (hours: Hours, minute: number): Schedule => ({
  cron: `0 ${minute} ${toHourField(hours)} * * * *`,
  everyMs: hours * HOUR_MS,
});

const toHourField = (hours: Hours): string => {
  if (hours === 1) return '*';
  return hours === 24 ? '0' : `*/${hours}`;
};
