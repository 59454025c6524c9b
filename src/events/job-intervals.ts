import type { App } from '../app.ts';
import type { Logger } from '../logger.ts';

const BUDGET_MS = 60_000;

type Job = App['jobs'][number];

/** Runs every job at its interval while the process lives, which it does not keep alive; no job overlaps itself. */
export function startJobs(jobs: App['jobs'], logger: Logger): void {
  for (const job of jobs) {
    const run = oneAtATime(job, logger);
    if (job.startsAtOnce === true) run('to its end');
    setInterval(run, job.schedule.everyMs).unref();
  }
}

function oneAtATime(job: Job, logger: Logger): (howFar?: 'to its end') => void {
  let isRunning = false;
  const run = async (howFar: 'to its end' | undefined): Promise<void> => {
    try {
      let report = await job.run({ budgetMs: BUDGET_MS });
      while (howFar === 'to its end' && !report.finished) report = await job.run({ budgetMs: BUDGET_MS });
    } catch (cause) {
      logger.error('job', { name: job.name, cause });
    }
    isRunning = false;
  };
  return (howFar) => {
    if (isRunning) {
      logger.info('job-skipped', { name: job.name, reason: 'its last run is still under way' });
      return;
    }
    isRunning = true;
    void run(howFar);
  };
}
