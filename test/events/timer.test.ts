import { describe, expect, it } from 'vitest';
import { createTimerEntry, timerNameOf } from '../../src/events/timer.ts';
import { createLogger } from '../../src/logger.ts';
import { everyHours, type Job } from '../../src/services/jobs/job.ts';

const EVENT = { Type: 'Timer', TriggerName: 'sweep', Time: '2026-01-01T00:00:00Z', Message: '' };

/** Two jobs that keep what time they were given, and the entry for their timers. */
function openTimers() {
  const log: string[] = [];
  const budgets: Record<string, number> = {};
  const job = (name: string): Job => ({
    name,
    schedule: everyHours(1, 0),
    run: async ({ budgetMs }) => {
      budgets[name] = budgetMs;
      return { finished: true };
    },
  });
  const logger = createLogger(
    (line) => log.push(line),
    () => new Date(0),
  );
  return { serve: createTimerEntry([job('sweep'), job('purge')], logger), budgets, log };
}

it.each([
  ['the event of a timer', EVENT, 'sweep'],
  ['that of another', { ...EVENT, TriggerName: 'purge' }, 'purge'],
  ['a type in other letters', { ...EVENT, Type: 'timer' }, undefined],
  ['a name that is no text', { ...EVENT, TriggerName: 7 }, undefined],
  ['no names', {}, undefined],
  ['nothing', null, undefined],
  ['text', 'Timer', undefined],
  ['a list', [EVENT], undefined],
])('the name of a timer is read from %s', (_, event, name) => {
  expect(timerNameOf(event)).toBe(name);
});

describe('a timer', () => {
  it.each(['sweep', 'purge'])('runs the job of its own name, %s, in four fifths of the time', async (name) => {
    const { serve, budgets, log } = openTimers();
    expect(await serve(name, 10_000)).toEqual({ finished: true });
    expect(budgets).toEqual({ [name]: 8000 });
    expect(log).toEqual([]);
  });

  it.each(['swep', '', '__proto__', 'x'.repeat(1_000_000)])(
    'that no job is named after (%.10j) is answered and logged',
    async (name) => {
      const { serve, budgets, log } = openTimers();
      expect(await serve(name, 10_000)).toMatchObject({
        success: false,
        error: 'InvalidArgument',
        data: { err: expect.stringContaining('sweep, purge') },
      });
      expect(budgets).toEqual({});
      expect(log).toHaveLength(1);
      expect(JSON.parse(log[0] ?? '')).toMatchObject({ event: 'unknown-timer', name: name.slice(0, 100) });
    },
  );
});
