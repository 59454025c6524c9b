import { beforeDeadline } from './deadline.ts';

/** Lets callers of one process do something by turns, in the order in which they came. */
export interface Turns {
  /** Runs `work` once those who came before for `name` are done; fails when that is not before the deadline. */
  take<Result>(name: string, deadline: Deadline, work: () => Promise<Result>): Promise<Result>;
}

/** A time by `performance.now()`, and what to fail with when it has come. */
export interface Deadline {
  readonly time: number;
  fail(): Error;
}

/** Creates queues by name; a name that nobody waits for takes no memory. */
export function createTurns(): Turns {
  const queues = new Map<string, Promise<unknown>>();
  return {
    take: async (name, deadline, work) => {
      const before = queues.get(name);
      let leave = (): void => undefined;
      const done = new Promise<void>((resolve) => {
        leave = resolve;
      });
      // Who gives up early leaves, but those behind still wait for those before.
      const tail = Promise.all([before, done]);
      queues.set(name, tail);
      void tail.then(() => queues.get(name) === tail && queues.delete(name));
      try {
        if (before !== undefined) await beforeDeadline(before, deadline.time - performance.now(), deadline.fail);
        return await work();
      } finally {
        leave();
      }
    },
  };
}
