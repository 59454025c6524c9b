import type { App } from '../app.ts';
import { type Envelope, toFailure } from '../envelope.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { isRecord } from '../naming/record.ts';
import { pickRequestId } from '../naming/request-id.ts';

/** Part of a function's time that a job may take, so that its answer still gets out. */
const SHARE = 0.8;
const MAX_LOGGED_NAME = 100;

/** Serves a timer by its name, within the time that the function has, in milliseconds; gives the job's report. */
export type TimerEntry = (name: string, timeLimitMs: number) => Promise<unknown>;

/** Name of the timer that an event is from, if any; whoever calls must also see to it that no client sent it. */
export function timerNameOf(event: unknown): string | undefined {
  const name = isRecord(event) && event['Type'] === 'Timer' ? event['TriggerName'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Creates the entry for timers: each runs the job of its name. */
export function createTimerEntry(jobs: App['jobs'], logger: Logger): TimerEntry {
  return async (name, timeLimitMs) => {
    const job = jobs.find((each) => each.name === name);
    return job === undefined ? refuseTimer(name, jobs, logger) : job.run({ budgetMs: timeLimitMs * SHARE });
  };
}

/** A trigger that is left over from another version, or misspelt in cloudbaserc.json. */
function refuseTimer(name: string, jobs: App['jobs'], logger: Logger): Envelope {
  const requestId = pickRequestId();
  const known = jobs.map((job) => job.name).join(', ');
  logger.error('unknown-timer', { requestId, name: name.slice(0, MAX_LOGGED_NAME), known });
  const text = {
    zh: `没有与该定时触发器同名的任务；可用的名称：${known}`,
    en: `No job has the name of this timer trigger; there are: ${known}`,
  };
  return toFailure(new AppError('InvalidArgument', text), 'zh', requestId);
}
