import type { App } from '../app.ts';
import type { Logger } from '../logger.ts';

const BUDGET_MS = 60_000;

type Job = App['jobs'][number];

/** Runs every job at its interval while the process lives, which it does not keep alive; no job overlaps itself. */
export function startJobs(jobs: App['jobs'], logger: Logger): void {
  for (const job of jobs) setInterval(oneAtATime(job, logger), job.schedule.everyMs).unref();
}

function oneAtATime(job: Job, logger: Logger): () => void {
  let isRunning = false;
  const run = async (): Promise<void> => {
    try {
      await job.run({ budgetMs: BUDGET_MS });
    } catch (cause) {
      logger.error('job', { name: job.name, cause });
    }
    isRunning = false;
  };
  return () => {
    if (isRunning) {
      logger.info('job-skipped', { name: job.name, reason: 'its last run is still under way' });
      return;
    }
    isRunning = true;
    void run();
  };
}
