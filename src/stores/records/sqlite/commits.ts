import type { SqliteDatabase } from './database.ts';

/** A part of a transaction; answers whether it changed anything. */
export type Work = (database: SqliteDatabase) => boolean;

interface Waiting {
  readonly work: Work;
  readonly resolve: (isChanged: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits in one go what came within one turn of the event loop: the process stands still while the disk writes, so those
 * who came meanwhile share the next commit. `transact` does works in their order, all or none.
 */
export function createCommits(transact: (works: readonly Work[]) => Promise<readonly boolean[]>) {
  let waiting: Waiting[] = [];

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const changed = await transact(batch.map(({ work }) => work));
      for (const [index, { resolve }] of batch.entries()) resolve(changed[index] === true);
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1) return only?.reject(error);
      // What one of them cannot do is not to befall the others.
      for (const one of batch) await commit([one]);
    }
  };

  return (work: Work): Promise<boolean> =>
    new Promise((resolve, reject) => {
      waiting.push({ work, resolve, reject });
      if (waiting.length > 1) return;
      setImmediate(() => {
        const batch = waiting;
        waiting = [];
        void commit(batch);
      });
    });
}
