import { expect, it } from 'vitest';
import { everyHours } from '../../../../src/services/jobs/job.ts';

it.each([
  [1, 17, '0 17 * * * * *', 3_600_000],
  [6, 0, '0 0 */6 * * * *', 21_600_000],
  [24, 30, '0 30 0 * * * *', 86_400_000],
] as const)('every %i hours at minute %i is %j for a timer and %i ms for a server', (hours, minute, cron, everyMs) => {
  expect(everyHours(hours, minute)).toEqual({ cron, everyMs });
});
